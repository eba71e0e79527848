import AIBoxAPI

/// One UTC month of a table that is partitioned BY RANGE of a UUIDv7, whose first 48 bits are milliseconds since 1970.
struct MonthlyPartition: Hashable, Sendable {
    /// Months in which a partition may be made: a bound on what odd identifiers can bring about.
    static let years = 1970...2199

    let table: String
    let year: Int
    /// 1 … 12.
    let month: Int

    init?(of table: String, year: Int, month: Int) {
        guard Self.years.contains(year), (1...12).contains(month) else { return nil }
        self.table = table
        self.year = year
        self.month = month
    }

    /// The month that holds a moment.
    init?(of table: String, milliseconds: Int64) {
        let (year, month) = Self.civilMonth(of: milliseconds.flooredQuotient(by: 86_400_000))
        self.init(of: table, year: year, month: month)
    }

    /// The month for the key that PostgreSQL says no partition takes:
    /// `Partition key of the failing row contains (id) = (018f2f9e-7b2a-…).`
    init?(of table: String, holdingKeyIn detail: String) {
        guard let match = detail.firstMatch(of: /\(([0-9a-f]{8})-([0-9a-f]{4})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\)/),
            let milliseconds = Int64(match.1 + match.2, radix: 16)
        else { return nil }
        self.init(of: table, milliseconds: milliseconds)
    }

    /// The month after, `nil` at the end of the years.
    var next: MonthlyPartition? {
        month == 12
            ? MonthlyPartition(of: table, year: year + 1, month: 1)
            : MonthlyPartition(of: table, year: year, month: month + 1)
    }

    /// `detections_y2026m11`.
    var name: String { "\(table)_y\(year)m\(month < 10 ? "0" : "")\(month)" }

    /// Milliseconds since 1970 at which the month begins.
    var start: Int64 { Self.days(year: year, month: month) * 86_400_000 }

    /// Milliseconds since 1970 at which the next month begins.
    var end: Int64 {
        (month == 12 ? Self.days(year: year + 1, month: 1) : Self.days(year: year, month: month + 1)) * 86_400_000
    }

    /// The least UUID that bears a moment: its 48 bits, the rest zero.
    static func bound(_ milliseconds: Int64) -> String {
        let digits = String(milliseconds, radix: 16)
        let padded = String(repeating: "0", count: 12 - digits.count) + digits
        return "\(padded.prefix(8))-\(padded.suffix(4))-0000-0000-000000000000"
    }

    /// Makes the partition unless it is there.
    var statement: String {
        "CREATE TABLE IF NOT EXISTS \(name.quotedIdentifier) PARTITION OF \(table.quotedIdentifier)"
            + " FOR VALUES FROM ('\(Self.bound(start))') TO ('\(Self.bound(end))')"
    }

    /// Days from 1970-01-01 to the first of a month (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    private static func days(year: Int, month: Int) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let yearOfEra = year % 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5
        return Int64(year / 400 * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468)
    }

    /// Year and month of a day counted from 1970-01-01, by the same source.
    private static func civilMonth(of day: Int64) -> (year: Int, month: Int) {
        let shifted = Int(day) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month)
    }
}

extension Int64 {
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        self / divisor - (self % divisor < 0 ? 1 : 0)
    }
}

extension String {
    /// As a name in SQL, whatever it holds.
    public var quotedIdentifier: String { "\"" + replacing("\"", with: "\"\"") + "\"" }
}
