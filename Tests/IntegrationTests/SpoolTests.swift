import AIBoxAPI
import Foundation
import TestSupport
import Testing

extension LiveTests {
    /// `store=async` where the gateway is a process of its own.
    @Suite(.enabled(if: Places.canServe, Comment(rawValue: Places.cannotServe)), .timeLimit(.minutes(3)))
    struct SpoolTests {
        private static let secret = ["AIBOX_INTERNAL_SECRET": "0123456789abcdef0123456789abcdef"]

        /// A data manager and a gateway, both on the same data folder.
        private func withGateway(
            _ models: Server, in folder: URL, _ body: (_ data: Server, _ gateway: Server) async throws -> Void
        ) async throws {
            try await withServer(["--role", "data-manager"], environment: Self.secret, in: folder) { data in
                let addresses = [
                    "AIBOX_DATA_MANAGERS": "http://127.0.0.1:\(data.port)",
                    "AIBOX_MODEL_SERVERS": "http://127.0.0.1:\(models.port)",
                ]
                let all = Self.secret.merging(addresses) { $1 }
                try await withServer(["--role", "gateway"], environment: all, in: folder) { try await body(data, $0) }
            }
        }

        private func analyse(_ caller: Caller) async throws -> UUIDv7 {
            let path = "/human-analysis/person-detection?profile=fast&store=async"
            let reply = try await caller.analyse(Pictures.black(width: 64, height: 64), path, type: "image/bmp")
            try #require(reply.status == 200, "\(reply.text)")
            return try #require(try reply.json(AnalysisAnswer.self).id)
        }

        @Test func theSpoolOfAKilledGatewayIsStoredAfterItsNextStart() async throws {
            try await withTemporaryFolder { folder in
                try await withServer(["--role", "model-server"], environment: Self.secret, in: folder) { models in
                    var acknowledged: [UUIDv7] = []
                    try await withGateway(models, in: folder) { data, gateway in
                        let caller = try await gateway.login()
                        acknowledged.append(try await analyse(caller))
                        try await data.kill()
                        for _ in 0..<40 { acknowledged.append(try await analyse(caller)) }
                        let health = try await caller.get("/health").json(ServiceHealth.self)
                        #expect(health.checks["spool"]?.contains("waiting") == true)
                        try await gateway.kill()
                    }
                    try await withGateway(models, in: folder) { _, gateway in
                        let caller = try await gateway.login()
                        for id in acknowledged {
                            try await wait(for: "the acknowledged \(id)") {
                                try await caller.get("/analytics/detections/\(id)").status == 200 ? () : nil
                            }
                        }
                    }
                }
            }
        }
    }
}
