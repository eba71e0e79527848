import AIBoxAPI
import Foundation
import NIOCore
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct SpoolRouteTests {
    private static let persons = "/human-analysis/person-detection"

    @Test(arguments: [persons + "?", "/analyze?tasks=persons&"])
    func anAnswerWithStoreAsyncHasAnIdentifierUnderWhichItIsFoundSoonAfter(path: String) async throws {
        try await withGateway { box in
            let token = try await box.token(.operator)
            let answer = try await box.call(
                .POST, path + "store=async&save_image=true", token: token, body: RunningGateway.picture)
            #expect(answer.status == 200, "\(String(buffer: answer.body))")
            let analysis = try answer.decode(AnalysisAnswer.self)
            let id = try #require(analysis.id)
            #expect(analysis.timing.storeMS > 0)
            try await waitUntil { try await box.data.inference(id) != nil }
            #expect(try await box.data.inference(id)?.detections.map(\.id) == analysis.persons?.map(\.id))
            #expect(try await box.data.picture(ofInference: id) == RunningGateway.picture)
        }
    }

    @Test func theDrawnPictureNamesTheSpooledInference() async throws {
        try await withGateway { box in
            let answer = try await box.call(
                .POST, Self.persons + "?store=async", token: try await box.token(.operator),
                headers: [("Accept", "image/jpeg")], body: RunningGateway.picture)
            #expect(answer.status == 200 && String(buffer: answer.body) == "jpeg")
            let id = try #require(answer.headers.first(name: "X-AIBox-Inference-ID").flatMap { UUIDv7($0) })
            try await waitUntil { try await box.data.inference(id) != nil }
        }
    }

    /// The spool of `withGateway` takes a megabyte.
    @Test func aFullSpoolRefusesAndHealthSaysSo() async throws {
        let away: @Sendable (InferenceRecord, ByteBuffer?) async throws -> Void = { _, _ in
            throw Problem.unavailable("away")
        }
        try await withGateway(spoolStore: away) { box in
            let token = try await box.token(.operator)
            var picture = RunningGateway.picture
            picture.writeRepeatingByte(0, count: 150_000)
            var answers: [RunningGateway.Answer] = []
            for _ in 0..<7 {
                answers.append(
                    try await box.call(
                        .POST, Self.persons + "?store=async&save_image=true", token: token, body: picture))
            }
            #expect(answers.map(\.status) == [200, 200, 200, 200, 200, 200, 503])
            #expect(answers[6].headers.first(name: "Retry-After") == "5")
            #expect(try answers[6].decode(Problem.self).type == "/problems/spool-full")
            let health = try await box.call(.GET, "/health").decode(ServiceHealth.self)
            #expect(health.status == .degraded)
            #expect(health.checks["spool"]?.hasPrefix("full: 6 waiting") == true, "\(health.checks)")
            let sync = try await box.call(.POST, Self.persons, token: token, body: picture)
            #expect(sync.status == 200)
        }
    }

    @Test func aPictureThatNoSpoolCouldTakeIsTooLarge() async throws {
        try await withGateway(maximumBody: 2 << 20) { box in
            var large = RunningGateway.picture
            large.writeRepeatingByte(0, count: 1 << 20)
            let answer = try await box.call(
                .POST, Self.persons + "?store=async&save_image=true", token: try await box.token(.operator),
                body: large)
            #expect(answer.status == 413 && String(buffer: answer.body).contains("spool_max_bytes"))
            let health = try await box.call(.GET, "/health").decode(ServiceHealth.self)
            #expect(health.status == .healthy && health.checks["spool"] == "ok")
        }
    }
}
