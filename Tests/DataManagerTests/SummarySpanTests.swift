import AIBoxAPI
import Foundation
import Testing

@testable import DataManager

@Suite struct SummarySpanTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bucket: SummaryBucket
        let zone: String
        let from: String
        let to: String
        let starts: [String]

        init(_ name: String, _ bucket: SummaryBucket, _ zone: String, _ from: String, _ to: String, _ starts: String...)
        {
            (testDescription, self.bucket, self.zone) = (name, bucket, zone)
            (self.from, self.to, self.starts) = (from, to, starts)
        }
    }

    @Test(arguments: [
        Case(
            "a day that begins at one", .day, "Africa/Cairo", "2026-04-23T12:00:00Z", "2026-04-24T21:00:00Z",
            "2026-04-23T00:00:00+02:00", "2026-04-24T01:00:00+03:00"),
        Case(
            "a day that never was", .day, "Pacific/Apia", "2011-12-29T20:00:00Z", "2011-12-31T10:00:00Z",
            "2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"),
        Case(
            "a day that goes on behind a minute of the next", .day, "America/St_Johns", "2006-10-28T12:00:00Z",
            "2006-10-29T12:00:00Z", "2006-10-28T00:00:00-02:30", "2006-10-29T00:00:00-02:30"),
        Case(
            "a minute of an hour", .hour, "America/St_Johns", "2006-10-29T01:00:00Z", "2006-10-29T04:00:00Z",
            "2006-10-28T22:00:00-02:30", "2006-10-28T23:00:00-02:30", "2006-10-29T00:00:00-02:30",
            "2006-10-28T23:01:00-03:30", "2006-10-29T00:00:00-03:30"),
        Case(
            "an offset with seconds", .day, "Africa/Monrovia", "1972-01-06T12:00:00Z", "1972-01-08T00:00:00Z",
            "1972-01-06T00:00:30-00:44", "1972-01-07T00:44:30+00:00"),
        Case(
            "the first day there is", .hour, "America/New_York", "1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z",
            "1969-12-31T19:00:00-05:00"),
        Case(
            "a day cut off behind a shift", .day, "Europe/Berlin", "2026-03-29T10:00:00Z", "2026-03-29T11:00:00Z",
            "2026-03-29T00:00:00+01:00"),
        Case(
            "one cut off at both ends", .hour, "+05:45", "2026-01-01T00:10:00Z", "2026-01-01T00:20:00Z",
            "2026-01-01T05:00:00+05:45", "2026-01-01T06:00:00+05:45"),
        Case(
            "a shift at the beginning", .hour, "Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z",
            "2026-10-25T02:00:00+01:00"),
        Case(
            "a shift at the end", .hour, "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z",
            "2026-10-25T02:00:00+02:00"),
        Case(
            "minutes of a shift", .minute, "Europe/Berlin", "2026-03-29T00:59:00Z", "2026-03-29T01:01:00Z",
            "2026-03-29T01:59:00+01:00", "2026-03-29T03:00:00+02:00"),
    ])
    func bucketsBegin(_ example: Case) throws {
        let (from, to) = (try #require(Timestamp(example.from)), try #require(Timestamp(example.to)))
        let span = try SummarySpan(example.bucket, from: from, to: to, in: SiteZone(example.zone))
        #expect(span.starts.map(\.description) == example.starts)
    }

    private static let zones = [
        "America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca",
        "America/St_Johns", "Pacific/Apia", "Africa/Cairo", "Asia/Gaza", "Antarctica/Troll", "-03:30",
    ]

    @Test(arguments: zones) func everyMomentIsInOneBucketThatHasBegun(_ name: String) throws {
        let zone = try SiteZone(name)
        var random = SplitMix(5)
        for _ in 0..<300 {
            let from = Int64.random(in: 0..<2_000_000_000_000, using: &random)
            let bucket = try #require(SummaryBucket.allCases.randomElement(using: &random))
            let to = from + Int64.random(in: 1...bucket.milliseconds * 1200, using: &random)
            let span = try SummarySpan(
                bucket, from: Timestamp(milliseconds: from), to: Timestamp(milliseconds: to), in: zone)
            // The parts are the span, without a gap.
            #expect(span.parts.first?.start == from && span.parts.last?.end == to)
            #expect(zip(span.parts, span.parts.dropFirst()).allSatisfy { $0.end == $1.start && $0.offset != $1.offset })
            #expect(Set(span.starts).count == span.starts.count)
            #expect(span.starts == span.starts.sorted { $0.moment < $1.moment })
            for part in span.parts {
                for moment in [part.start, part.end - 1, Int64.random(in: part.start..<part.end, using: &random)] {
                    let index = part.indices[Int((moment + part.shift) / bucket.milliseconds)]
                    let begin = span.starts[index].moment.milliseconds
                    #expect(begin <= moment && moment - begin < 25 * 3_600_000)
                    if bucket != .day { #expect(moment - begin < bucket.milliseconds) }
                }
            }
            if bucket == .day {
                for start in span.starts {
                    #expect(day(of: start.moment, zone) != day(of: start.moment + -1, zone), "it begins with its day")
                }
            }
            // No bucket is listed that has no moment.
            let used = Set(span.parts.flatMap(\.indices))
            #expect(used == Set(span.starts.indices))
        }
    }

    private func day(of time: Timestamp, _ zone: SiteZone) -> DateComponents {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone.zone
        let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)
        return calendar.dateComponents([.year, .month, .day], from: date)
    }
}
