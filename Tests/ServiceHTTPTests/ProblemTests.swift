import AIBoxAPI
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@testable import ServiceHTTP

struct ProblemTests {
    private struct Unforeseen: Error {}
    private struct Body: Decodable {
        var count: Int
        var metadata: [String: JSONValue]?
        var names: [String]?
        var list: PlateList?
        var flag: Bool?
    }

    private static func application() -> some ApplicationProtocol {
        let router = makeServiceRouter(context: ServiceContext.self)
        router.get("/problem") { _, _ -> Response in
            throw Problem(503, "Service Unavailable", detail: "later", retryAfter: 7)
        }
        router.get("/unforeseen") { _, _ -> Response in throw Unforeseen() }
        router.get("/cancelled") { _, _ -> Response in throw CancellationError() }
        router.get("/credential") { _, _ -> Response in throw Problem.unauthorized("no") }
        router.post("/decode") { request, _ -> String in
            let body = try await BodyReader(limit: 100).read(request)
            return String(try JSONBytes.decode(Body.self, from: body).count)
        }
        router.refuseOtherMethods()
        return Application(router: router, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func answer(
        _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:], body: String? = nil
    ) async throws -> (response: TestResponse, problem: Problem) {
        try await Self.application().test(.router) { client in
            let response = try await client.executeRequest(
                uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
            #expect(response.headers[.contentType] == "application/problem+json")
            return (response, try JSONBytes.decode(Problem.self, from: response.body))
        }
    }

    @Test func problemIsAnsweredWithItsPlaceItsRequestAndItsHeaders() async throws {
        let (response, problem) = try await answer(.get, "/problem?x=1", headers: [.requestID: "abc-1"])
        #expect(response.status == .serviceUnavailable)
        #expect(response.headers[.retryAfter] == "7")
        #expect(response.headers[.requestID] == "abc-1")
        #expect(problem.instance == "/problem")
        #expect(problem.requestID == "abc-1")
        #expect(problem.detail == "later")
    }

    @Test func unforeseenErrorTellsNothingOfItself() async throws {
        let (response, problem) = try await answer(.get, "/unforeseen")
        #expect(response.status.code == 500)
        #expect(problem.detail?.contains("Unforeseen") == false)
        #expect(problem.requestID == response.headers[.requestID])
    }

    @Test(arguments: [
        ("/nowhere", HTTPRequest.Method.get, 404), ("/cancelled", .get, 499), ("/credential", .get, 401),
        ("/problem", .delete, 405),
    ])
    func everyKindHasItsStatus(path: String, method: HTTPRequest.Method, status: Int) async throws {
        let (response, problem) = try await answer(method, path)
        #expect(response.status.code == status)
        #expect(problem.status == status)
    }

    @Test func wrongMethodIsToldTheRightOnes() async throws {
        let (response, _) = try await answer(.get, "/decode")
        #expect(response.status.code == 405)
        #expect(response.headers[.allow] == "POST")
    }

    @Test func missingCredentialIsToldTheScheme() async throws {
        let (response, _) = try await answer(.get, "/credential")
        #expect(response.headers[.wwwAuthenticate] == "Bearer realm=\"aibox\"")
    }

    @Test(
        arguments: [
            ("{", 400, nil), ("[1]", 422, "body: must be a JSON object"), ("{}", 422, "count: is missing"),
            (#"{"count":"x"}"#, 422, "count: must be a whole number"), ("", 400, nil),
            (#"{"count":null}"#, 422, "count: must not be null"), ("7", 422, "body: must be a JSON object"),
            (#"{"count":1,"metadata":[]}"#, 422, "metadata: must be an object"),
            (#"{"count":1,"metadata":{"a":1e999}}"#, 422, "metadata.a: is or holds a number out of range"),
            (#"{"count":1,"names":{}}"#, 422, "names: must be a list"),
            (#"{"count":1,"list":"nope"}"#, 422, "list: must be one of allow, deny, watch"),
            (#"{"count":1,"list":1}"#, 422, "list: must be a string"),
            (#"{"count":1,"flag":"yes"}"#, 422, "flag: must be true or false"),
        ] as [(String, Int, String?)])
    func jsonThatDoesNotFitNamesTheMemberAndWhatIsWanted(body: String, status: Int, detail: String?) async throws {
        let (response, problem) = try await answer(.post, "/decode", body: body)
        #expect(response.status.code == status)
        let error = problem.errors?.first.map { "\($0.field): \($0.message)" }
        #expect(detail.map { error?.hasPrefix($0) == true } ?? (error == nil), "\(error ?? "none")")
    }

    @Test(arguments: ["a b", String(repeating: "x", count: 129), "é", ""])
    func strangeRequestIDIsReplaced(sent: String) async throws {
        let (response, _) = try await answer(.get, "/problem", headers: [.requestID: sent])
        let id = try #require(response.headers[.requestID])
        #expect(UUIDv7(id) != nil)
    }
}
