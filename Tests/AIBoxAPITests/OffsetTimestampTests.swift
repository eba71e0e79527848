import AIBoxAPI
import Foundation
import Testing

@Suite struct OffsetTimestampTests {
    @Test(arguments: [
        ("2026-10-25T02:00:00+01:00", "2026-10-25T01:00:00.000Z", 60),
        ("2026-10-25T02:00:00+02:00", "2026-10-25T00:00:00.000Z", 120),
        ("2026-04-05T01:30:00+10:30", "2026-04-04T15:00:00.000Z", 630),
        ("2025-12-31T19:00:00-05:00", "2026-01-01T00:00:00.000Z", -300),
        ("2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00.000Z", 0),
        ("2006-10-28T23:01:00-02:30", "2006-10-29T01:31:00.000Z", -150),
    ])
    func isWrittenAndReadWithItsOffset(_ text: String, _ moment: String, _ minutes: Int) throws {
        let time = OffsetTimestamp(try #require(Timestamp(moment)), offsetMinutes: minutes)
        #expect(time.description == text && OffsetTimestamp(text) == time)
        let json = try JSONEncoder().encode([time])
        #expect(try JSONDecoder().decode([OffsetTimestamp].self, from: json) == [time])
    }

    @Test(arguments: ["", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000+01:00", "2026-01-01T00:00:00+0100"])
    func whatIsWrittenOtherwiseIsNone(_ text: String) { #expect(OffsetTimestamp(text) == nil) }
}
