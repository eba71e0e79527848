import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import Testing

extension LiveTests {
    /// The Swift client against the real thing.
    @Suite(
        .enabled(if: Places.canServe, Comment(rawValue: Places.cannotServe)),
        .enabled(if: Places.hasPhotographs, Comment(rawValue: Places.noPhotographs)), .timeLimit(.minutes(1)))
    struct ClientTests {
        @Test func whatTheClientAnalysesItFindsAgain() async throws {
            try await withServer { server in
                let box = AIBoxClient(address: "http://127.0.0.1:\(server.port)")
                try await box.login(username: "admin", password: Server.password)
                let picture = ByteBuffer(bytes: try Pictures.plate())
                var settings = AnalysisSettings()
                settings.savesPicture = true
                settings.cameraID = "gate & yard"
                let answer = try await box.detect(.plates, in: picture, settings)
                #expect(answer.plates?.map(\.plateNumber) == ["GWT2180"])

                var query = DetectionQuery()
                query.cameraID = "gate & yard"
                let found = try await box.detections(query)
                #expect(found.items.map(\.id) == answer.plates?.map(\.id))
                let id = try #require(answer.id)
                let stored = try await box.picture(of: id)
                #expect(stored == picture)
                let drawn = try await box.annotate(picture, tasks: [.vehicles])
                #expect(Array(drawn.readableBytesView.prefix(3)) == [0xFF, 0xD8, 0xFF])
            }
        }

        @Test func aRefusalIsThrownAsTheProblemThatTheServerSent() async throws {
            try await withServer { server in
                let box = AIBoxClient(address: "http://127.0.0.1:\(server.port)")
                let refused = await #expect(throws: Problem.self) {
                    try await box.login(username: "admin", password: "wrong")
                }
                #expect(refused?.status == 401)
            }
        }
    }
}
