import AIBoxAPI
import AsyncHTTPClient
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOFoundationCompat
import ServiceLifecycle
import Testing

@testable import ServiceClients

@Suite(.timeLimit(.minutes(1)))
struct HTTPModelServerTests {
    private static let result = AnalysisResult(
        models: [ModelUse(name: "m", version: "1", engine: "e")], image: ImageSize(width: 2, height: 1),
        persons: [PersonItem(confidence: 0.5, boundingBox: BoundingBox(x: 0, y: 0, width: 1, height: 1))])

    /// Runs a server whose `path` is `analyze` for as long as `test` runs.
    private func withServer(
        path: RouterPath = "/internal/analyze", _ analyze: @escaping @Sendable (Request) async throws -> Response,
        test: (HTTPModelServer) async throws -> Void
    ) async throws {
        let router = Router()
        router.post(path) { request, _ in try await analyze(request) }
        let (ports, source) = AsyncStream.makeStream(of: Int.self)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { source.yield($0.localAddress?.port ?? 0) }, logger: logger)
        let group = ServiceGroup(services: [application], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let port = await ports.first { _ in true } ?? 0
            do {
                // The first address refuses connections: the second is tried.
                try await withClient(of: "http://127.0.0.1:9", "http://127.0.0.1:\(port)", test: test)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
        }
    }

    private func withClient(
        of addresses: String..., test: (HTTPModelServer) async throws -> Void
    ) async throws {
        let credential = try await InternalCredential(secret: InternalCredential.makeSecret(), issuer: "test")
        let client = HTTPClient.betweenServices()
        do {
            try await test(HTTPModelServer(addresses: addresses, client: client, credential: credential))
        } catch {
            try await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    private static func answer(_ annotated: String) throws -> Response {
        let head = try JSONEncoder().encode(result)
        var body = ByteBuffer(data: head)
        body.writeString(annotated)
        guard let name = HTTPField.Name(InternalHeader.headLength) else { throw Problem.notFound }
        return Response(status: .ok, headers: [name: String(head.count)], body: .init(byteBuffer: body))
    }

    @Test func pictureRequestAndTraceArriveAndTheAnswerReturns() async throws {
        try await withServer({ request in
            func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { request.headers[$0] } }
            #expect(header("X-Request-ID") == "id-1")
            #expect(header("traceparent") == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            #expect(header("Authorization")?.hasPrefix("Bearer ") == true)
            let sent = try #require(header(InternalHeader.analysis).flatMap { Data(base64Encoded: $0) })
            #expect(try JSONDecoder().decode(AnalysisRequest.self, from: sent).tasks == [.persons])
            #expect(String(buffer: try await request.body.collect(upTo: 100)) == "picture")
            return try Self.answer("jpeg")
        }) { server in
            let trace = RequestTrace(
                requestID: "id-1", parent: TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
            let outcome = try await RequestTrace.$current.withValue(trace) {
                try await server.analyze(
                    ByteBuffer(string: "picture"), AnalysisRequest(tasks: [.persons], requestID: "id-1"))
            }
            #expect(outcome.result.persons?.map(\.id) == Self.result.persons?.map(\.id))
            #expect(outcome.annotated.map { String(buffer: $0) } == "jpeg")
        }
    }

    @Test func pictureToEnrolAndItsTemplateArriveUnchanged() async throws {
        let outcome = EnrolmentOutcome(
            template: FaceTemplate(model: "m@1", modelSHA256: "sha", vector: [0.1, -.leastNonzeroMagnitude, 1 / 3]),
            boundingBox: BoundingBox(x: 0, y: 0, width: 1, height: 1),
            quality: FaceQuality(overall: 1, size: 1, sharpness: 1, pose: 1, exposure: 1),
            liveness: Liveness(live: true, score: 1), matches: [], crop: Data([0xFF, 0xD8]))
        try await withServer(
            path: "/internal/enrol",
            { request in
                let sent: EnrolmentRequest = try Self.parameters(request)
                #expect(sent.requestID == "x" && sent.keepCrop && !sent.requireLive)
                #expect(String(buffer: try await request.body.collect(upTo: 100)) == "picture")
                return Response(
                    status: .ok, body: .init(byteBuffer: ByteBuffer(data: try JSONEncoder().encode(outcome))))
            }
        ) { server in
            var request = EnrolmentRequest(requestID: "x")
            request.keepCrop = true
            let answer = try await server.enrol(ByteBuffer(string: "picture"), request)
            #expect(answer.template == outcome.template && answer.crop == outcome.crop)
        }
    }

    @Test(arguments: [("one", "two"), ("", "two"), ("one", "")])
    func bothPicturesOfAPairArrive(_ one: String, _ other: String) async throws {
        try await withServer(
            path: "/internal/verify",
            { request in
                let sent: VerificationRequest = try Self.parameters(request)
                let length = HTTPField.Name(InternalHeader.headLength).flatMap { request.headers[$0] }.flatMap {
                    Int($0)
                }
                var pair = try await request.body.collect(upTo: 100)
                #expect(sent.requireLive)
                #expect(pair.readString(length: try #require(length)) == one && String(buffer: pair) == other)
                throw HTTPError(.notImplemented)
            }
        ) { server in
            var request = VerificationRequest(requestID: "x")
            request.requireLive = true
            let thrown = await #expect(throws: Problem.self) {
                try await server.verify(ByteBuffer(string: one), with: ByteBuffer(string: other), request)
            }
            #expect(thrown?.status == 502)
        }
    }

    private static func parameters<Value: Decodable>(_ request: Request) throws -> Value {
        let header = HTTPField.Name(InternalHeader.analysis).flatMap { request.headers[$0] }
        return try JSONDecoder().decode(Value.self, from: try #require(header.flatMap { Data(base64Encoded: $0) }))
    }

    private static let request = AnalysisRequest(tasks: [.persons], requestID: "x")

    @Test func answerWithoutAPictureHasNone() async throws {
        try await withServer({ _ in try Self.answer("") }) { server in
            let outcome = try await server.analyze(ByteBuffer(), Self.request)
            #expect(outcome.annotated == nil)
        }
    }

    @Test func problemOfTheServiceIsThrownUnchanged() async throws {
        var sent = Problem.unavailable("no model", type: "/problems/model-missing", retryAfter: 9)
        sent.requestID = "abc"
        let problem = sent
        try await withServer({ _ in
            Response(
                status: .serviceUnavailable, headers: [.contentType: "application/problem+json"],
                body: .init(byteBuffer: ByteBuffer(data: try JSONEncoder().encode(problem))))
        }) { server in
            let thrown = await #expect(throws: Problem.self) { try await server.analyze(ByteBuffer(), Self.request) }
            #expect(thrown == problem)
        }
    }

    @Test func answerThatCannotBeReadIsABadGateway() async throws {
        try await withServer({ _ in Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "?"))) }) {
            server in
            let thrown = await #expect(throws: Problem.self) { try await server.analyze(ByteBuffer(), Self.request) }
            #expect(thrown?.status == 502)
        }
    }

    @Test func unreachableServiceIsNamedWithItsAddresses() async throws {
        try await withClient(of: "http://127.0.0.1:9", "http://127.0.0.1:7/") { server in
            let thrown = await #expect(throws: Problem.self) { try await server.analyze(ByteBuffer(), Self.request) }
            #expect(thrown?.status == 503)
            #expect(thrown?.retryAfter != nil)
            #expect(thrown?.detail?.contains("model server") == true)
            #expect(
                thrown?.detail
                    == "The model server cannot be reached at http://127.0.0.1:9, http://127.0.0.1:7 "
                    + "(connection refused). Is it running?")
        }
    }

    private static func waitForTheClientToGo(_ request: Request) async throws -> Response {
        try await request.body.consumeWithCancellationOnInboundClose { _ in
            try await Task.sleep(for: .seconds(3600))  // stalls: until it is cancelled
            return Response(status: .ok)
        }
    }

    @Test func lateAnswerIsATimeout() async throws {
        try await withServer({
            try await Self.waitForTheClientToGo($0)
        }) { server in
            var request = Self.request
            request.deadlineMS = 1
            let thrown = await #expect(throws: Problem.self) { try await server.analyze(ByteBuffer(), request) }
            #expect(thrown?.status == 504)
        }
    }

    @Test func cancelledCallEndsAtOnce() async throws {
        let (begun, source) = AsyncStream.makeStream(of: Void.self)
        try await withServer({
            source.yield()
            return try await Self.waitForTheClientToGo($0)
        }) { server in
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await server.analyze(ByteBuffer(), Self.request) }
                _ = await begun.first { _ in true }
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.next() }
            }
        }
    }

    @Test func addressesAreUsedInTurnAndUnreachableOnesLast() {
        let upstreams = Upstreams(["a/", "b", "c"])
        #expect(upstreams.addresses == ["a", "b", "c"])
        #expect((0..<4).map { _ in upstreams.order().first } == [0, 1, 2, 0])
        upstreams.markUnreachable(1)
        #expect((0..<3).map { _ in upstreams.order().last } == [1, 1, 1])
        upstreams.markReachable(1)
        #expect(Set((0..<3).map { _ in upstreams.order().first }) == [0, 1, 2])
    }
}
