import AIBoxAPI
import Foundation
import Testing

@testable import DataManager

@Suite struct CronExpressionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let cron: String
        let zone: String
        /// Exclusive.
        let after: String
        let next: [String]

        init(_ cron: String, _ zone: String, after: String, _ next: String...) {
            self.cron = cron
            self.zone = zone
            self.after = after
            self.next = next
        }

        var testDescription: String { "\(cron) in \(zone)" }
    }

    private static func next(_ expression: CronExpression, after time: Timestamp, in zone: String) throws -> Timestamp {
        let zone = try #require(TimeZone(identifier: zone))
        return try #require(expression.next(after: time, in: zone))
    }

    @Test(arguments: [
        Case("30 4 * * *", "UTC", after: "2026-01-01T04:29:59.999Z", "2026-01-01T04:30:00.000Z"),
        Case("30 4 * * *", "UTC", after: "2026-01-01T04:30:00Z", "2026-01-02T04:30:00.000Z"),
        Case(
            "*/20 * * * *", "UTC", after: "2026-01-01T23:30:00Z", "2026-01-01T23:40:00.000Z", "2026-01-02T00:00:00.000Z"
        ),
        Case("0 0 29 2 *", "UTC", after: "2096-02-29T00:00:00Z", "2104-02-29T00:00:00.000Z"),
        Case(
            "0 0 31 * *", "UTC", after: "2026-01-31T00:00:00Z", "2026-03-31T00:00:00.000Z", "2026-05-31T00:00:00.000Z"),
        Case("0 22 * * 1-5", "UTC", after: "2026-01-02T22:00:00Z", "2026-01-05T22:00:00.000Z"),
        Case(
            "0 0 13 * FRI", "UTC", after: "2026-02-01T00:00:00Z", "2026-02-06T00:00:00.000Z",
            "2026-02-13T00:00:00.000Z",
            "2026-02-20T00:00:00.000Z"),
        Case(
            "0 0 13 3 7", "UTC", after: "2026-03-08T12:00:00Z", "2026-03-13T00:00:00.000Z", "2026-03-15T00:00:00.000Z"),
        Case("0 0 */2 * 1", "UTC", after: "2026-02-01T00:00:00Z", "2026-02-09T00:00:00.000Z"),
        Case(
            "5,10-12 1 1 JAN,jul *", "UTC", after: "2026-01-01T01:10:00Z", "2026-01-01T01:11:00.000Z",
            "2026-01-01T01:12:00.000Z", "2026-07-01T01:05:00.000Z"),
        Case("@yearly", "UTC", after: "2026-01-01T00:00:00Z", "2027-01-01T00:00:00.000Z"),
        Case("@Weekly", "UTC", after: "2026-01-01T00:00:00Z", "2026-01-04T00:00:00.000Z"),
        Case("@hourly", "Asia/Kathmandu", after: "2026-01-01T00:00:00Z", "2026-01-01T00:15:00.000Z"),
        Case("15 5 * * *", "Asia/Kathmandu", after: "2026-01-01T00:00:00Z", "2026-01-01T23:30:00.000Z"),
        // Put forward at 02:00 PST, 10:00 UTC: 02:30 comes at the shift, once.
        Case(
            "30 2 * * *", "America/Los_Angeles", after: "2026-03-07T12:00:00Z", "2026-03-08T10:00:00.000Z",
            "2026-03-09T09:30:00.000Z"),
        Case(
            "0,20,40 2 * * *", "America/Los_Angeles", after: "2026-03-08T09:59:59Z", "2026-03-08T10:00:00.000Z",
            "2026-03-09T09:00:00.000Z"),
        Case(
            "30 2,3 * * *", "America/Los_Angeles", after: "2026-03-08T09:00:00Z", "2026-03-08T10:00:00.000Z",
            "2026-03-08T10:30:00.000Z"),
        Case(
            "*/30 * * * *", "America/Los_Angeles", after: "2026-03-08T09:30:00Z", "2026-03-08T10:00:00.000Z",
            "2026-03-08T10:30:00.000Z"),
        // Put back at 02:00 PDT, 09:00 UTC: 01:30 comes the first time.
        Case(
            "30 1 * * *", "America/Los_Angeles", after: "2026-11-01T00:00:00Z", "2026-11-01T08:30:00.000Z",
            "2026-11-02T09:30:00.000Z"),
        Case("30 1,2 * * *", "America/Los_Angeles", after: "2026-11-01T08:30:00Z", "2026-11-01T10:30:00.000Z"),
        Case(
            "*/30 * * * *", "America/Los_Angeles", after: "2026-11-01T08:00:00Z", "2026-11-01T08:30:00.000Z",
            "2026-11-01T09:00:00.000Z", "2026-11-01T09:30:00.000Z"),
        Case(
            "30 2 * * *", "Europe/Berlin", after: "2026-03-28T12:00:00Z", "2026-03-29T01:00:00.000Z",
            "2026-03-30T00:30:00.000Z"),
        Case(
            "30 2 * * *", "Europe/Berlin", after: "2026-10-24T12:00:00Z", "2026-10-25T00:30:00.000Z",
            "2026-10-26T01:30:00.000Z"),
        // By half an hour: put back at 02:00 to 01:30 on 5 April (15:00 UTC), forward at 02:00 to 02:30 on 4 October.
        Case(
            "45 1 * * *", "Australia/Lord_Howe", after: "2026-04-04T00:00:00Z", "2026-04-04T14:45:00.000Z",
            "2026-04-05T15:15:00.000Z"),
        Case(
            "15 2 * * *", "Australia/Lord_Howe", after: "2026-10-03T00:00:00Z", "2026-10-03T15:30:00.000Z",
            "2026-10-04T15:15:00.000Z"),
    ])
    func nextTimesAre(_ example: Case) throws {
        let expression = try CronExpression(example.cron)
        var time = try #require(Timestamp(example.after))
        for expected in example.next {
            time = try Self.next(expression, after: time, in: example.zone)
            #expect(time.description == expected)
        }
    }

    @Test(arguments: [
        "", "* * * *", "* * * * * *", "60 * * * *", "-1 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 0 *",
        "* * * 13 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *", "5/2 * * * *", "1,,2 * * * *", "a * * * *",
        "* * * mon *", "* * * * jan", "* * * * fri-mon", "+1 * * * *", "١ * * * *", "1-2-3 * * * *", "*/ * * * *",
        "@reboot", "@never", "0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 31 4 */2", "001 * * * *",
    ])
    func whatIsNoneIsRefused(_ text: String) {
        #expect(throws: CronError.self) { try CronExpression(text) }
    }

    @Test func aDayOfTheWeekMakesAnImpossibleDatePossible() throws {
        let expression = try CronExpression("0 0 30 2 1")
        let time = try Self.next(expression, after: try #require(Timestamp("2026-02-03T00:00:00Z")), in: "UTC")
        #expect(time.description == "2026-02-09T00:00:00.000Z")
    }

    @Test(arguments: [
        "America/Los_Angeles", "Europe/Berlin", "Asia/Ho_Chi_Minh", "Asia/Kathmandu", "Australia/Lord_Howe",
    ])
    func aDailyReportComesOnceADayOfTheSite(_ zone: String) throws {
        let expression = try CronExpression("5 0 * * *")
        let offset = try #require(TimeZone(identifier: zone))
        var time = try Self.next(expression, after: try #require(Timestamp("2025-12-31T00:00:00Z")), in: zone)
        let first = (Int(time.milliseconds / 1000) + offset.offset(at: Int(time.milliseconds / 1000))) / 86_400
        for day in 0..<365 {
            let second = Int(time.milliseconds / 1000)
            let local = second + offset.offset(at: second)
            #expect(local / 86_400 == first + day && local % 86_400 == 300)
            time = try Self.next(expression, after: time, in: zone)
        }
    }

    // MARK: Against every minute of some weeks

    private static let zones = [
        "UTC", "America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca",
        "America/St_Johns", "Pacific/Chatham",
    ]

    private static func randomExpression(_ random: inout SplitMix) -> String {
        func field(_ range: ClosedRange<Int>) -> String {
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1: return "*"
            case 2: return "*/\(Int.random(in: 2...20, using: &random))"
            case 3:
                let values = (0..<3).map { _ in "\(Int.random(in: range, using: &random))" }
                return values.joined(separator: ",")
            default:
                let ends = [Int.random(in: range, using: &random), Int.random(in: range, using: &random)].sorted()
                return "\(ends[0])-\(ends[1])/\(Int.random(in: 1...7, using: &random))"
            }
        }
        // Hours of the night, when clocks are put forward and back.
        return "\(field(0...59)) \(field(0...4)) \(field(1...28)) * \(field(0...6))"
    }

    /// The times by the letter of the rule, minute by minute.
    private static func walk(
        _ expression: CronExpression, _ zone: TimeZone, from start: Int, minutes: Int
    ) -> [Int] {
        func local(_ moment: Int) -> Int { (moment + zone.offset(at: moment)) / 60 }
        func matches(_ minute: Int) -> Bool { expression.firstMatch(from: minute) == minute }
        var (times, shown): ([Int], Set<Int>) = ([], [])
        for moment in stride(from: start - 86_400, to: start + minutes * 60, by: 60) {
            let (now, before) = (local(moment), local(moment - 60))
            let isNew = shown.insert(now).inserted
            // Asked of each skipped minute.
            let isSkipped = now > before + 1 && (before + 1..<now).contains(where: matches)
            let isDue = expression.followsClock ? matches(now) : matches(now) && isNew || isSkipped
            if isDue, moment >= start { times.append(moment) }
        }
        return times
    }

    @Test(arguments: zones)
    func nextTimesAreThoseOfAWalk(_ name: String) throws {
        let zone = try #require(TimeZone(identifier: name))
        var random = SplitMix(7)
        var checked = 0
        for _ in 0..<60 {
            let expression = try CronExpression(Self.randomExpression(&random))
            // Around the shifts of the year.
            for day in [
                "2026-02-15", "2026-03-06", "2026-03-27", "2026-04-03", "2026-10-02", "2026-10-23", "2026-10-30",
            ] {
                let start = Int(try #require(Timestamp("\(day)T00:00:00Z")).milliseconds / 1000)
                let expected = Self.walk(expression, zone, from: start, minutes: 4 * 1440)
                var (time, times): (Int, [Int]) = (start - 1, [])
                while let next = expression.next(after: Timestamp(milliseconds: Int64(time) * 1000), in: zone) {
                    time = Int(next.milliseconds / 1000)
                    guard time < start + 4 * 86_400 else { break }
                    times.append(time)
                    // However shortly before it is asked.
                    let before = Timestamp(milliseconds: next.milliseconds - 1)
                    #expect(expression.next(after: before, in: zone) == next)
                }
                #expect(times == expected, "\(expression.text) from \(day)")
                checked += times.count
            }
        }
        #expect(checked > 1000)
    }
}
