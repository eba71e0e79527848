import AIBoxAPI
import AIBoxClient
import Foundation
import NIOHTTP1
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct SummaryTests {
    private static func record(_ time: String, camera: String?) throws -> InferenceRecord {
        let time = try #require(Timestamp(time))
        let item = DetectionRecord(
            id: UUIDv7(), inferenceID: UUIDv7(), task: .vehicles, label: "car", confidence: 1,
            boundingBox: BoundingBox(x: 0, y: 0, width: 1, height: 1), plateNumber: nil, details: DetectionDetails(),
            cameraID: nil, deviceID: nil, capturedAt: time, createdAt: time, hasImage: false)
        return InferenceRecord(
            id: UUIDv7(), requestID: "r", task: "vehicles", models: [], image: ImageSize(width: 1, height: 1),
            timing: StageTiming(), cameraID: camera, deviceID: nil, capturedAt: time, createdAt: time, hasImage: false,
            detections: [item])
    }

    @Test(arguments: Role.allCases) func everybodyMayKnowHowMuchWasSeen(role: Role) async throws {
        try await withGateway { box in
            let token = try await box.token(role)
            #expect(try await box.call(.GET, "/analytics/summary", token: token).status == 200)
            let items = try await box.call(.GET, "/analytics/detections", token: token)
            #expect(items.status == (role == .viewer ? 403 : 200))
        }
    }

    @Test func theClientGetsTheHourThatComesTwice() async throws {
        try await withGateway { box in
            for time in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T01:40:00Z"] {
                try await box.data.store(try Self.record(time, camera: "gate"), picture: nil)
            }
            try await box.data.store(try Self.record("2026-10-25T01:50:00Z", camera: nil), picture: nil)
            let client = try await box.client()
            var query = SummaryQuery()
            (query.from, query.to) = (Timestamp("2026-10-25T00:00:00Z"), Timestamp("2026-10-25T03:00:00Z"))
            query.timeZone = "Europe/Berlin"
            let hours = try await client.summary(query)
            #expect(
                hours.buckets.map(\.start.description).prefix(2) == [
                    "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00",
                ])
            #expect(hours.buckets.map(\.count) == [1, 3, 0] && hours.count == 4)
            let answer = try await box.call(
                .GET, "/analytics/summary?from=2026-10-25T01:00:00Z&to=2026-10-25T02:00:00Z&bucket=day",
                token: await client.accessToken)
            let expected = #"""
                {"bucket":"day","time_zone":"UTC","from":"2026-10-25T01:00:00.000Z","to":"2026-10-25T02:00:00.000Z",
                 "count":3,"buckets":[{"start":"2026-10-25T00:00:00+00:00","count":3,"counts":[
                   {"task":"vehicles","label":"car","count":1},
                   {"task":"vehicles","label":"car","camera_id":"gate","count":2}]}]}
                """#
            #expect(
                try answer.decode(JSONValue.self) == JSONDecoder().decode(JSONValue.self, from: Data(expected.utf8)))
            query.cameraID = "gate"
            #expect(try await client.summary(query).count == 3)
        }
    }

    @Test(arguments: ["+07:00", "%2B07:00", "Asia%2FHo_Chi_Minh"])
    func aZoneIsUnderstoodHoweverItIsEscaped(_ zone: String) async throws {
        try await withGateway { box in
            let path = "/analytics/summary?bucket=day&from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z&time_zone="
            let answer = try await box.call(.GET, path + zone, token: try await box.token(.viewer))
            let summary = try answer.decode(DetectionSummary.self)
            #expect(summary.buckets.map(\.start.description) == ["2026-01-01T00:00:00+07:00"])
        }
    }

    @Test(arguments: [
        ("time_zone=AtlanticTime", "time_zone"), ("time_zone=", "time_zone"), ("bucket=week", "bucket"),
        ("from=yesterday", "from"), ("to=2026-01-01", "to"), ("task=cars", "task"), ("label=", "label"),
        ("camera_id=", "camera_id"), ("device_id=a%00", "device_id"), ("camera=gate", "camera"),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "to"),
        ("bucket=minute&from=2026-01-01T00:00:00Z&to=2026-01-03T00:00:00Z", "to"),
    ])
    func whatIsWrongIsRefusedByName(_ query: String, _ field: String) async throws {
        try await withGateway { box in
            let answer = try await box.call(.GET, "/analytics/summary?\(query)", token: try await box.token(.viewer))
            #expect(answer.status == 422, "\(String(buffer: answer.body))")
            #expect(try answer.decode(Problem.self).errors?.map(\.field) == [field])
        }
    }
}
