import AIBoxAPI
import Foundation
import TestSupport
import Testing

extension LiveTests {
    @Suite(.enabled(if: Places.canServe, Comment(rawValue: Places.cannotServe)), .timeLimit(.minutes(3)))
    struct KillTests {
        /// What the server has acknowledged, in the order in which the answers came.
        private actor Journal {
            private(set) var acknowledged: [UUIDv7] = []
            func add(_ id: UUIDv7) { acknowledged.append(id) }
        }

        @Test(arguments: ["sync", "async"])
        func everyAcknowledgedPictureIsFoundAfterAKillUnderLoad(store: String) async throws {
            try await withTemporaryFolder { folder in
                let journal = Journal()
                try await withServer(in: folder) { server in
                    let caller = try await server.login()
                    try await withThrowingTaskGroup(of: Void.self) { writers in
                        for _ in 0..<8 { writers.addTask { try await Self.write(caller, store, journal) } }
                        try await wait(for: "acknowledgements") {
                            await journal.acknowledged.count >= 40 ? () : nil
                        }
                        try await server.kill()
                        try await writers.waitForAll()
                    }
                }
                try await withServer(in: folder) { server in
                    let caller = try await server.login()
                    try await wait(for: "an empty spool") {
                        let health = try await caller.get("/health").json(ServiceHealth.self)
                        return health.checks["spool"] == "ok" ? () : nil
                    }
                    for id in await journal.acknowledged {
                        let answer = try await caller.get("/analytics/detections/\(id)")
                        #expect(answer.status == 200, "\(id) was acknowledged: \(answer.text)")
                    }
                }
            }
        }

        /// Sends one picture after another until the server is gone.
        private static func write(_ caller: Caller, _ store: String, _ journal: Journal) async throws {
            let picture = Pictures.black(width: 64, height: 64)
            while true {
                let path = "/human-analysis/person-detection?profile=fast&store=\(store)"
                guard let reply = try? await caller.analyse(picture, path, type: "image/bmp") else { return }
                #expect(reply.status == 200, "\(reply.text)")
                await journal.add(try #require(try reply.json(AnalysisAnswer.self).id))
            }
        }
    }
}
