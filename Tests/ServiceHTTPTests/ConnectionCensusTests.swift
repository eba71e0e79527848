import Hummingbird
import Testing

@testable import ServiceHTTP

/// What happens beyond the maximum of connections, which is four here.
@Suite(.timeLimit(.minutes(1)))
struct ConnectionCensusTests {
    private func withFullService(
        _ routes: (Router<ServiceContext>) -> Void = { _ in }, _ test: (Int) async throws -> Void
    ) async throws {
        try await withService(
            maximumConnections: 4,
            routes: { router in
                router.get("/hello") { _, _ in "hello" }
                routes(router)
            }, test: test)
    }

    private static let hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

    /// Runs `body` with that many connections, each of which was answered once and has then sent the beginning of a head.
    private func withIdle(_ count: Int, _ port: Int, _ body: () async throws -> Void) async throws {
        guard count > 0 else { return try await body() }
        try await RawConnection.open(to: port) { connection in
            try await connection.send(Self.hello)
            #expect(try await connection.answer()?.status == 200)
            try await connection.send("GET /hel")
            try await withIdle(count - 1, port, body)
        }
    }

    @Test func connectionsThatOnlyWaitKeepNobodyOut() async throws {
        try await withFullService { port in
            try await withIdle(20, port) {
                for _ in 0..<10 {
                    try await RawConnection.open(to: port) { connection in
                        for _ in 0..<3 {
                            try await connection.send(Self.hello)
                            #expect(try await connection.answer()?.body == "hello")
                        }
                    }
                }
            }
        }
    }

    @Test func theOneThatHasWaitedLongestMakesRoom() async throws {
        try await withFullService { port in
            try await RawConnection.open(to: port) { first in
                try await first.send(Self.hello)
                #expect(try await first.answer()?.body == "hello")
                try await withIdle(3, port) {
                    // Used again since: the others have waited longer.
                    try await first.send(Self.hello)
                    #expect(try await first.answer()?.body == "hello")
                    try await RawConnection.open(to: port) { newcomer in
                        try await newcomer.send(Self.hello)
                        #expect(try await newcomer.answer()?.body == "hello")
                    }
                    try await first.send(Self.hello)
                    #expect(try await first.answer()?.body == "hello")
                }
                try await withIdle(8, port) {
                    let isClosed = try await first.isClosed()
                    #expect(isClosed)
                }
            }
        }
    }

    @Test func aRequestUnderWayIsNotEndedForNewcomers() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (releases, release) = AsyncStream.makeStream(of: Void.self)
        try await withFullService { router in
            router.get("/work") { _, _ -> String in
                begin.yield()
                _ = await releases.first { _ in true }
                return "done"
            }
        } _: { port in
            try await RawConnection.open(to: port) { working in
                try await working.send("GET /work HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = await begun.first { _ in true }
                try await withIdle(20, port) {
                    try await RawConnection.open(to: port) { newcomer in
                        try await newcomer.send(Self.hello)
                        #expect(try await newcomer.answer()?.body == "hello")
                    }
                    release.yield()
                    #expect(try await working.answer()?.body == "done")
                }
            }
        }
    }
}
