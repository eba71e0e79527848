import AIBoxAPI

/// When something is to be done, as crontab(5) has it: minute, hour, day of the month, month and day of the week.
///
/// - A field is `*`, or a list of values and ranges with commas between; behind `*` or a range stands `/step` when only
///   each `step`th value counts. Months and days of the week may be named by three letters in any case; Sunday is 0
///   and 7. `@yearly`, `@monthly`, `@weekly`, `@daily` and `@hourly` are known.
/// - When day of the month and day of the week are both given, a day matches that meets either (IEEE 1003.1, crontab);
///   a field that begins with `*` does not count as given, and both must be met then.
/// - Behind the clock's shifts the rule is Vixie cron's. A time that the shift skips comes at the shift, once for all
///   such times; one that occurs twice comes the first time. Not so when minute or hour begin with `*`: what happens
///   every so often goes on as the clock shows.
struct CronExpression: Sendable, Hashable {
    let text: String
    /// Whether minute or hour begin with `*`: the clock's shifts are then nothing special.
    let followsClock: Bool
    private let minutes: BitSet
    private let hours: BitSet
    private let daysOfMonth: BitSet
    private let months: BitSet
    private let daysOfWeek: BitSet
    private let takesEitherDay: Bool

    /// Years that are searched: the 29th of February on a given day of the week may be 40 years away.
    private static let horizon = 41

    private static let aliases = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    /// - Throws: `CronError` for what is none, and for dates that no year has.
    init(_ text: String) throws(CronError) {
        let words = (Self.aliases[text.lowercased()] ?? text).split { $0 == " " || $0 == "\t" }
        guard text.utf8.count <= 256, words.count == CronField.allCases.count else {
            throw CronError("must have five fields: minute, hour, day of the month, month, day of the week")
        }
        self.text = text
        minutes = try CronField.minute.values(words[0])
        hours = try CronField.hour.values(words[1])
        daysOfMonth = try CronField.dayOfMonth.values(words[2])
        months = try CronField.month.values(words[3])
        daysOfWeek = try CronField.dayOfWeek.values(words[4])
        followsClock = words[0].hasPrefix("*") || words[1].hasPrefix("*")
        takesEitherDay = !words[2].hasPrefix("*") && !words[4].hasPrefix("*")
        // 2000 was a leap year.
        let lastDays = (1...12).filter(months.contains).map { CivilDate.lastDay(year: 2000, month: $0) }
        guard takesEitherDay || daysOfMonth.first(from: 1) ?? .max <= lastDays.max() ?? 0 else {
            throw CronError("names a day that none of its months has")
        }
    }

    /// The first matching minute from `minute` on, both counted from 1970 in local time; `nil`: none in 41 years.
    func firstMatch(from minute: Int) -> Int? {
        var (day, time) = (minute / 1440, minute % 1440)
        var date = CivilDate(days: day)
        let lastYear = date.year + Self.horizon
        while date.year <= lastYear {
            if !months.contains(date.month) {
                let (year, month) = date.month == 12 ? (date.year + 1, 1) : (date.year, date.month + 1)
                day = CivilDate(year: year, month: month, day: 1).days
            } else {
                if matches(date), let time = firstTime(from: time) { return day * 1440 + time }
                day += 1
            }
            (date, time) = (CivilDate(days: day), 0)
        }
        return nil
    }

    private func matches(_ date: CivilDate) -> Bool {
        let (byDate, byWeekday) = (daysOfMonth.contains(date.day), daysOfWeek.contains(date.weekday))
        return takesEitherDay ? byDate || byWeekday : byDate && byWeekday
    }

    /// Minutes of a day.
    private func firstTime(from time: Int) -> Int? {
        guard let hour = hours.first(from: time / 60) else { return nil }
        let minute = hour == time / 60 ? minutes.first(from: time % 60) : minutes.first(from: 0)
        if let minute { return hour * 60 + minute }
        guard let next = hours.first(from: hour + 1), let first = minutes.first(from: 0) else { return nil }
        return next * 60 + first
    }
}

/// Why a text is no cron expression.
struct CronError: Error, Equatable {
    /// Goes on behind the name of the field: `must have …`.
    let message: String

    init(_ message: String) { self.message = message }
}

/// Small numbers, 0–63.
struct BitSet: Sendable, Hashable {
    private var bits: UInt64 = 0

    mutating func insert(_ value: Int) { bits |= 1 << UInt64(value) }

    func contains(_ value: Int) -> Bool { bits >> UInt64(value) & 1 == 1 }

    /// The least number that is not below `value`.
    func first(from value: Int) -> Int? {
        guard value < 64 else { return nil }
        let rest = bits >> UInt64(value)
        return rest == 0 ? nil : value + rest.trailingZeroBitCount
    }
}
