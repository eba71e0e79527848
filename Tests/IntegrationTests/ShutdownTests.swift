import AIBoxAPI
import Foundation
import TestSupport
import Testing

extension LiveTests {
    @Suite(.enabled(if: Places.canServe, Comment(rawValue: Places.cannotServe)), .timeLimit(.minutes(1)))
    struct ShutdownTests {
        @Test(arguments: [SIGTERM, SIGINT]) func aSignalEndsTheServerInOrder(signal: Int32) async throws {
            try await withServer { server in
                server.child.signal(signal)
                let status = try await server.child.end()
                #expect(status == 0, "\(server.child.errors)")
            }
        }

        /// Sends all but the last MiB of a request, asks the server to end, waits until it takes no more
        /// connections, and runs `body`. What is sent is more than sockets buffer: the server is reading it.
        private func withRequestUnderWay<Value: Sendable>(
            _ server: Server, _ body: @escaping @Sendable (Connection, _ rest: Data) throws -> Value
        ) async throws -> Value {
            let caller = try await server.login()
            var request = Request.post(
                "/human-analysis/person-detection", Pictures.black(width: 2400, height: 2000), type: "image/bmp")
            request.headers["Authorization"] = "Bearer \(caller.token ?? "")"
            let bytes = request.bytes(port: server.port)
            return try await offPool {
                let connection = try Connection(port: server.port)
                try connection.send(bytes.dropLast(1 << 20))
                server.child.signal(SIGTERM)
                while (try? Connection(port: server.port)) != nil {}
                return try body(connection, bytes.suffix(1 << 20))
            }
        }

        @Test func aRequestUnderWayIsAnsweredBeforeTheEnd() async throws {
            try await withServer { server in
                let answer = try await withRequestUnderWay(server) { connection, rest in
                    try connection.send(rest)
                    return try connection.answer()
                }
                #expect(answer.status == 200, "\(answer.text)")
                let status = try await server.child.end()
                #expect(status == 0, "\(server.child.errors)")
            }
        }

        @Test func aSecondSignalEndsTheServerAtOnce() async throws {
            try await withServer { server in
                let start = try await withRequestUnderWay(server) { _, _ in
                    #expect(server.child.isRunning)
                    server.child.signal(SIGTERM)
                    return ContinuousClock.now
                }
                _ = try await server.child.end()
                #expect(ContinuousClock.now - start < .seconds(3))
            }
        }
    }
}
