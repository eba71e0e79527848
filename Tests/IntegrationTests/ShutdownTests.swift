import AIBoxAPI
import Foundation
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

        /// The body is larger than what sockets buffer: once most of it is sent, the server is reading it.
        @Test func aRequestUnderWayIsAnsweredBeforeTheEnd() async throws {
            try await withServer { server in
                let caller = try await server.login()
                var request = Request.post(
                    "/human-analysis/person-detection", Pictures.black(width: 2400, height: 2000), type: "image/bmp")
                request.headers["Authorization"] = "Bearer \(caller.token ?? "")"
                let bytes = request.bytes(port: server.port)
                let started = bytes.count - (1 << 20)
                let answer = try await offPool { [port = server.port, child = server.child] in
                    let connection = try Connection(port: port)
                    try connection.send(bytes.prefix(started))
                    child.signal(SIGTERM)
                    while (try? Connection(port: port)) != nil {}
                    try connection.send(bytes.dropFirst(started))
                    return try connection.answer()
                }
                #expect(answer.status == 200, "\(answer.text)")
                let status = try await server.child.end()
                #expect(status == 0, "\(server.child.errors)")
            }
        }

        @Test func aSecondSignalEndsTheServerAtOnce() async throws {
            try await withServer { server in
                let held = try Connection(port: server.port)
                try held.send(Data("POST /analyze HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n".utf8))
                server.child.signal(SIGTERM)
                try await wait(for: "the end", within: .seconds(10)) {
                    server.child.signal(SIGTERM)
                    return server.child.isRunning ? nil : ()
                }
            }
        }
    }
}
