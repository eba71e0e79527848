import AIBoxAPI
import Testing

/// Times around which days and hours go wrong: nights in which the clock is put forward or back, and an evening that
/// another zone takes for the next day. One detection each ten minutes.
struct SummaryNight: Sendable, CustomTestStringConvertible {
    let zone: String
    /// RFC 3339, as the clocks there show it.
    let first: String
    /// Exclusive.
    let end: String
    /// The beginnings of the buckets with a detection, and how many each has.
    let hours: [(start: String, count: Int)]
    let days: [(start: String, count: Int)]
    /// Hours, cut ones included, of the last of the days.
    let hoursOfDay: Int

    init(
        _ zone: String, _ first: String, to end: String, hours: [(String, Int)], days: [(String, Int)], hoursOfDay: Int
    ) {
        (self.zone, self.first, self.end, self.hoursOfDay) = (zone, first, end, hoursOfDay)
        (self.hours, self.days) = (hours.map { ($0, $1) }, days.map { ($0, $1) })
    }

    var testDescription: String { "\(zone) \(first)" }
    var camera: String { "\(zone) \(first.prefix(13))" }
    var count: Int { hours.reduce(0) { $0 + $1.count } }

    var times: [Timestamp] {
        get throws {
            let (from, to) = (try #require(Timestamp(first)), try #require(Timestamp(end)))
            return stride(from: from.milliseconds, to: to.milliseconds, by: 600_000).map(Timestamp.init(milliseconds:))
        }
    }

    static let all: [SummaryNight] = [
        // Put forward at 02:00.
        SummaryNight(
            "America/Los_Angeles", "2026-03-07T22:00:00-08:00", to: "2026-03-08T04:00:00-07:00",
            hours: [
                ("2026-03-07T22:00:00-08:00", 6), ("2026-03-07T23:00:00-08:00", 6), ("2026-03-08T00:00:00-08:00", 6),
                ("2026-03-08T01:00:00-08:00", 6), ("2026-03-08T03:00:00-07:00", 6),
            ], days: [("2026-03-07T00:00:00-08:00", 12), ("2026-03-08T00:00:00-08:00", 18)], hoursOfDay: 23),
        // Put back at 02:00: 01:00 comes twice.
        SummaryNight(
            "America/Los_Angeles", "2026-10-31T22:00:00-07:00", to: "2026-11-01T04:00:00-08:00",
            hours: [
                ("2026-10-31T22:00:00-07:00", 6), ("2026-10-31T23:00:00-07:00", 6), ("2026-11-01T00:00:00-07:00", 6),
                ("2026-11-01T01:00:00-07:00", 6), ("2026-11-01T01:00:00-08:00", 6), ("2026-11-01T02:00:00-08:00", 6),
                ("2026-11-01T03:00:00-08:00", 6),
            ], days: [("2026-10-31T00:00:00-07:00", 12), ("2026-11-01T00:00:00-07:00", 30)], hoursOfDay: 25),
        SummaryNight(
            "Europe/Berlin", "2026-03-28T22:00:00+01:00", to: "2026-03-29T04:00:00+02:00",
            hours: [
                ("2026-03-28T22:00:00+01:00", 6), ("2026-03-28T23:00:00+01:00", 6), ("2026-03-29T00:00:00+01:00", 6),
                ("2026-03-29T01:00:00+01:00", 6), ("2026-03-29T03:00:00+02:00", 6),
            ], days: [("2026-03-28T00:00:00+01:00", 12), ("2026-03-29T00:00:00+01:00", 18)], hoursOfDay: 23),
        SummaryNight(
            "Europe/Berlin", "2026-10-24T22:00:00+02:00", to: "2026-10-25T04:00:00+01:00",
            hours: [
                ("2026-10-24T22:00:00+02:00", 6), ("2026-10-24T23:00:00+02:00", 6), ("2026-10-25T00:00:00+02:00", 6),
                ("2026-10-25T01:00:00+02:00", 6), ("2026-10-25T02:00:00+02:00", 6), ("2026-10-25T02:00:00+01:00", 6),
                ("2026-10-25T03:00:00+01:00", 6),
            ], days: [("2026-10-24T00:00:00+02:00", 12), ("2026-10-25T00:00:00+02:00", 30)], hoursOfDay: 25),
        // By half an hour: put back at 02:00 to 01:30, forward at 02:00 to 02:30.
        SummaryNight(
            "Australia/Lord_Howe", "2026-04-04T22:00:00+11:00", to: "2026-04-05T04:00:00+10:30",
            hours: [
                ("2026-04-04T22:00:00+11:00", 6), ("2026-04-04T23:00:00+11:00", 6), ("2026-04-05T00:00:00+11:00", 6),
                ("2026-04-05T01:00:00+11:00", 6), ("2026-04-05T01:30:00+10:30", 3), ("2026-04-05T02:00:00+10:30", 6),
                ("2026-04-05T03:00:00+10:30", 6),
            ], days: [("2026-04-04T00:00:00+11:00", 12), ("2026-04-05T00:00:00+11:00", 27)], hoursOfDay: 25),
        SummaryNight(
            "Australia/Lord_Howe", "2026-10-03T22:00:00+10:30", to: "2026-10-04T04:00:00+11:00",
            hours: [
                ("2026-10-03T22:00:00+10:30", 6), ("2026-10-03T23:00:00+10:30", 6), ("2026-10-04T00:00:00+10:30", 6),
                ("2026-10-04T01:00:00+10:30", 6), ("2026-10-04T02:30:00+11:00", 3), ("2026-10-04T03:00:00+11:00", 6),
            ], days: [("2026-10-03T00:00:00+10:30", 12), ("2026-10-04T00:00:00+10:30", 21)], hoursOfDay: 24),
        calmNight("Asia/Ho_Chi_Minh", "2026-03-28", "2026-03-29", "+07:00"),
        calmNight("Asia/Ho_Chi_Minh", "2026-10-24", "2026-10-25", "+07:00"),
        calmNight("Asia/Kathmandu", "2026-03-28", "2026-03-29", "+05:45"),
        calmNight("Asia/Kathmandu", "2026-10-24", "2026-10-25", "+05:45"),
        evening("America/Los_Angeles", "-07:00"), evening("Europe/Berlin", "+02:00"),
        evening("Asia/Ho_Chi_Minh", "+07:00"), evening("Asia/Kathmandu", "+05:45"),
        evening("Australia/Lord_Howe", "+10:30"),
    ]

    /// Where the clock is never put forward or back.
    private static func calmNight(_ zone: String, _ day: String, _ next: String, _ offset: String) -> SummaryNight {
        let hours = ["\(day)T22", "\(day)T23", "\(next)T00", "\(next)T01", "\(next)T02", "\(next)T03"]
        return SummaryNight(
            zone, "\(day)T22:00:00\(offset)", to: "\(next)T04:00:00\(offset)",
            hours: hours.map { ("\($0):00:00\(offset)", 6) },
            days: [("\(day)T00:00:00\(offset)", 12), ("\(next)T00:00:00\(offset)", 24)], hoursOfDay: 24)
    }

    /// 17:00 to midnight: in UTC some of it is yesterday, or tomorrow.
    private static func evening(_ zone: String, _ offset: String) -> SummaryNight {
        SummaryNight(
            zone, "2026-06-15T17:00:00\(offset)", to: "2026-06-16T00:00:00\(offset)",
            hours: (17...23).map { ("2026-06-15T\($0):00:00\(offset)", 6) },
            days: [("2026-06-15T00:00:00\(offset)", 42)], hoursOfDay: 24)
    }
}
