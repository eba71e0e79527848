import Foundation
import Testing

@testable import AIBoxAPI

struct TimestampTests {
    /// Text, milliseconds by Python's datetime, canonical text.
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"),
        ("2026-11-25T10:51:42.123Z", 1_795_603_902_123, "2026-11-25T10:51:42.123Z"),
        ("2026-11-25t10:51:42.123z", 1_795_603_902_123, "2026-11-25T10:51:42.123Z"),
        ("2026-11-25 10:51:42.123Z", 1_795_603_902_123, "2026-11-25T10:51:42.123Z"),
        ("2026-11-25T12:51:42+02:00", 1_795_603_902_000, "2026-11-25T10:51:42.000Z"),
        ("2026-11-25T05:06:42.5-05:45", 1_795_603_902_500, "2026-11-25T10:51:42.500Z"),
        ("2026-11-25T10:51:42.123999999+00:00", 1_795_603_902_123, "2026-11-25T10:51:42.123Z"),
        ("2026-11-25T10:51:42.02-00:00", 1_795_603_902_020, "2026-11-25T10:51:42.020Z"),
        ("2023-12-31T23:30:00-01:00", 1_704_069_000_000, "2024-01-01T00:30:00.000Z"),
        ("2024-02-29T23:59:59.999Z", 1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
        ("2000-02-29T00:00:00Z", 951_782_400_000, "2000-02-29T00:00:00.000Z"),
        ("2100-02-28T12:00:00Z", 4_107_499_200_000, "2100-02-28T12:00:00.000Z"),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000, "2017-01-01T00:00:00.000Z"),  // a leap second
        ("9998-12-31T23:59:59.999Z", 253_370_764_799_999, "9998-12-31T23:59:59.999Z"),
    ])
    func rfc3339TextIsReadAndWrittenInUTC(text: String, milliseconds: Int64, canonical: String) throws {
        let time = try #require(Timestamp(text))
        #expect(time.milliseconds == milliseconds)
        #expect(time.description == canonical)
    }

    @Test(arguments: [
        "", "now", "2026-11-25", "2026-11-25T10:51Z", "2026-11-25T10:51:42", "2026-11-25T10:51:42.Z",
        "2026-11-25T10:51:42,1Z", "2026-11-25T10:51:42ZZ", "2026-11-25T10:51:42Z ", "2026-11-25T10:51:42+0200",
        "2026-11-25T10:51:42+02", "2026-11-25T10:51:42+24:00", "2026-11-25T10:51:42+02:60", "2026/11/25T10:51:42Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "9999-01-01T00:00:00Z",
        "0000-00-00T00:00:00Z", "-026-11-25T10:51:42Z", "2026-11-25T10:51:4٢Z",
        "2026-11-25T10:51:42.0000000000000000000000000000000000000000Z",
    ])
    func anythingElseIsNoTime(text: String) throws {
        #expect(Timestamp(text) == nil)
        let json = try JSONEncoder().encode([text])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Timestamp].self, from: json) }
    }

    @Test func everyDayOfFourCenturiesIsWrittenAndReadBack() {
        for day: Int64 in 0..<146_097 {
            let time = Timestamp(milliseconds: day * 86_400_000 + day % 86_400_000)
            #expect(Timestamp(time.description) == time)
        }
    }

    @Test func theOrderOfTheTextIsTheOrderOfTime() {
        let times = [0, 1, 999, 1000, 86_399_999, 86_400_000, 951_782_400_000, 4_107_499_200_000]
            .map { Timestamp(milliseconds: $0) }
        #expect(times == times.sorted())
        #expect(times.map(\.description) == times.map(\.description).sorted())
    }

    @Test func jsonCarriesTheText() throws {
        let time = Timestamp(milliseconds: 1_795_603_902_123)
        let json = try JSONEncoder().encode([time])
        #expect(String(decoding: json, as: UTF8.self) == "[\"2026-11-25T10:51:42.123Z\"]")
        #expect(try JSONDecoder().decode([Timestamp].self, from: json) == [time])
    }
}
