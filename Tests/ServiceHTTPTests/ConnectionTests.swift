import AIBoxAPI
import Foundation
import Hummingbird
import NIOCore
import Testing

@testable import ServiceHTTP

@Suite(.timeLimit(.minutes(1)))
struct ConnectionTests {
    private static let limit = 300_000

    /// Answers the number of bytes of the body.
    private static func routes(_ router: Router<ServiceContext>) {
        let reader = BodyReader(limit: limit)
        router.post("/count") { request, _ in String(try await reader.read(request).readableBytes) }
        router.post("/place") { _, context in
            let before = context.channel.eventLoop.inEventLoop
            await withCheckedContinuation { continuation in DispatchQueue.global().async { continuation.resume() } }
            return "\(before) \(context.channel.eventLoop.inEventLoop)"
        }
        router.post("/refuse") { _, _ -> Response in throw Problem.unauthorized("no") }
    }

    private static var impatient: BodyPace {
        var pace = BodyPace()
        pace.tick = .milliseconds(10)
        pace.grace = .milliseconds(50)
        return pace
    }

    private func answers(
        to request: String, count: Int = 1, pace: BodyPace = BodyPace()
    ) async throws -> [RawConnection.Answer] {
        try await withService(maximumBody: Self.limit, pace: pace, routes: Self.routes) { port in
            try await RawConnection.open(to: port) { connection in
                try await connection.send(request)
                var answers: [RawConnection.Answer] = []
                while answers.count < count, let answer = try await connection.answer() { answers.append(answer) }
                return answers
            }
        }
    }

    @Test func bodyInChunksOfOneByteWithExtensionsAndTrailersIsWhole() async throws {
        let chunks = (0..<2000).map { _ in "1;name=value\r\nx\r\n" }.joined()
        let answer = try await answers(
            to:
                "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)0\r\nX-Trailer: 1\r\n\r\n"
        ).first
        #expect(answer?.status == 200)
        #expect(answer?.body == "2000")
    }

    @Test func connectionServesTheNextRequest() async throws {
        let request = "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        let answers = try await answers(to: request + request, count: 2)
        #expect(answers.map(\.body) == ["3", "3"])
    }

    @Test func requestIsHandledOnTheThreadOfItsConnectionAlsoAfterAWait() async throws {
        let answer = try await answers(to: "POST /place HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").first
        #expect(answer?.body == "true true")
    }

    @Test func declaredLengthOverTheLimitIsRefusedBeforeTheBodyIsSent() async throws {
        try await withService(maximumBody: Self.limit, routes: Self.routes) { port in
            try await RawConnection.open(to: port) { connection in
                try await connection.send(
                    "POST /count HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 900000000\r\n\r\n")
                let answer = try #require(try await connection.answer())
                #expect(answer.status == 413)
                #expect(answer.header("connection") == "close")
                #expect(answer.header("content-type") == "application/problem+json")
                #expect(try await connection.isClosed())
            }
        }
    }

    @Test func chunkedBodyOverTheLimitIsRefusedWhileItStreams() async throws {
        try await withService(maximumBody: Self.limit, routes: Self.routes) { port in
            try await RawConnection.open(to: port) { connection in
                try await connection.send("POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                let chunk = "8000\r\n\(String(repeating: "x", count: 0x8000))\r\n"
                for _ in 0..<12 { try await connection.send(chunk) }
                let answer = try #require(try await connection.answer())
                #expect(answer.status == 413)
                #expect(answer.header("connection") == "close")
            }
        }
    }

    @Test func expectationIsAnsweredBeforeTheBody() async throws {
        try await withService(routes: Self.routes) { port in
            try await RawConnection.open(to: port) { connection in
                try await connection.send(
                    "POST /count HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
                #expect(try await connection.answer()?.status == 100)
                try await connection.send("ab")
                let answer = try #require(try await connection.answer())
                #expect(answer.status == 200)
                #expect(answer.body == "2")
            }
        }
    }

    @Test(arguments: [
        "Content-Length: 3\r\nTransfer-Encoding: chunked", "Content-Length: 3\r\nContent-Length: 4",
        "Content-Length: -1", "Content-Length: three", "Transfer-Encoding: chunked\r\nContent-Length: 3",
    ])
    func contradictingLengthsAreNoRequest(headers: String) async throws {
        try await withService(routes: Self.routes) { port in
            try await RawConnection.open(to: port) { connection in
                try await connection.send("POST /count HTTP/1.1\r\nHost: a\r\n\(headers)\r\n\r\nabc")
                let answer = try #require(try await connection.answer())
                #expect(answer.status == 400)
                #expect(answer.header("content-type") == "application/problem+json")
                #expect(try JSONDecoder().decode(Problem.self, from: Data(answer.body.utf8)).status == 400)
                #expect(try await connection.isClosed())
            }
        }
    }

    @Test func headThatIsTooLargeIsRefused() async throws {
        let answer = try await answers(
            to: "POST /count HTTP/1.1\r\nHost: a\r\nX-Long: \(String(repeating: "x", count: 40_000))\r\n\r\n"
        ).first
        #expect(answer?.status == 431)
    }

    @Test func bodyThatStopsIsAnsweredWith408() async throws {
        let answer = try await answers(
            to: "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc", pace: Self.impatient
        ).first
        #expect(answer?.status == 408)
        #expect(answer?.header("connection") == "close")
    }

    @Test func refusedRequestWithABodyLeavesTheConnectionInOrder() async throws {
        let small = "POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        let answers = try await answers(
            to: small + "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", count: 2)
        #expect(answers.map(\.status) == [401, 200])
    }

    @Test func workIsCancelledWhenTheClientGoes() async throws {
        let (events, source) = AsyncStream.makeStream(of: String.self)
        try await withService(routes: { router in
            router.post("/work") { request, context -> String in
                _ = try await BodyReader(limit: 100).read(request)
                return try await context.cancellingWhenClientLeaves {
                    source.yield("begun")
                    do {
                        try await Task.sleep(for: .seconds(3600))  // stalls: until it is cancelled
                    } catch {
                        source.yield("cancelled")
                        throw error
                    }
                    return "done"
                }
            }
        }) { port in
            var happened = events.makeAsyncIterator()
            try await RawConnection.open(to: port) { connection in
                try await connection.send("POST /work HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
                #expect(await happened.next() == "begun")
                try await connection.channel.close()
            }
            #expect(await happened.next() == "cancelled")
        }
    }

    @Test(arguments: [true, false])
    func clientThatHasSentAllItHasGetsItsAnswer(endsBeforeTheWork: Bool) async throws {
        let (events, source) = AsyncStream.makeStream(of: Void.self)
        let (releases, release) = AsyncStream.makeStream(of: Void.self)
        try await withService(routes: { router in
            router.post("/work") { request, context -> String in
                _ = try await BodyReader(limit: 100).read(request)
                return try await context.cancellingWhenClientLeaves {
                    source.yield()
                    _ = await releases.first { _ in true }
                    try Task.checkCancellation()
                    return "done"
                }
            }
        }) { port in
            var happened = events.makeAsyncIterator()
            try await RawConnection.open(to: port) { connection in
                try await connection.send("POST /work HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
                if endsBeforeTheWork { try await connection.channel.close(mode: .output) }
                await happened.next()
                if !endsBeforeTheWork { try await connection.channel.close(mode: .output) }
                // The interim answer by which the server finds out whether anybody is there.
                #expect(try await connection.answer()?.status == 100)
                release.yield()
                #expect(try await connection.answer()?.body == "done")
                #expect(try await connection.isClosed())
            }
        }
    }

    @Test func limitNamesItsRemedy() async throws {
        let answer = try await withService(routes: { router in
            let reader = BodyReader(limit: 2, remedy: "send less")
            router.post("/count") { request, _ in String(try await reader.read(request).readableBytes) }
        }) { port in
            try await RawConnection.open(to: port) { connection in
                try await connection.send("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
                return try await connection.answer()
            }
        }
        #expect(answer?.status == 413)
        #expect(answer?.body.contains("at most 2 bytes (0.0 MB) here; send less.") == true)
    }

    @Test func workThatIsWatchedLeavesTheConnectionOpen() async throws {
        let request = "POST /work HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
        try await withService(routes: { router in
            router.post("/work") { request, context -> String in
                _ = try await BodyReader(limit: 100).read(request)
                return try await context.cancellingWhenClientLeaves { "done" }
            }
        }) { port in
            try await RawConnection.open(to: port) { connection in
                for _ in 0..<3 {
                    try await connection.send(request)
                    #expect(try await connection.answer()?.body == "done")
                }
            }
        }
    }
}
