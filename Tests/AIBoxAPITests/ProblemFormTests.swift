import Foundation
import Testing

@testable import AIBoxAPI

struct ProblemFormTests {
    @Test func aBareProblemHasTheThreeMembersOfRFC9457() throws {
        let json = try object(Problem(418, "I'm a Teapot"))
        #expect(Set(json.keys) == ["type", "title", "status"])
        #expect(json["type"] as? String == "about:blank")
        #expect(json["status"] as? Int == 418)
    }

    @Test func aFullProblemIsWrittenWithItsWireNamesAndReadBack() throws {
        var problem = Problem(
            503, "Service Unavailable", detail: "busy", type: "/problems/overloaded",
            errors: [.init(field: "image", message: "cut off")], retryAfter: 3)
        problem.instance = "/api/v1/persons"
        problem.requestID = "r-1"
        let json = try object(problem)
        #expect(
            Set(json.keys) == [
                "type", "title", "status", "detail", "instance", "request_id", "errors", "retry_after",
            ])
        #expect((json["errors"] as? [[String: String]]) == [["field": "image", "message": "cut off"]])
        #expect(try JSONDecoder().decode(Problem.self, from: JSONEncoder().encode(problem)) == problem)
    }

    @Test(arguments: [
        (Problem.notFound, 404), (.unauthorized("a"), 401), (.forbidden("a"), 403), (.badRequest("a"), 400),
        (.tooLarge("a"), 413), (.unsupported("a"), 415), (.invalid("a", "b"), 422), (.unavailable("a"), 503),
    ])
    func eachKindHasItsStatusAndADetail(problem: Problem, status: Int) {
        #expect(problem.status == status)
        #expect(problem.detail?.isEmpty == false)
    }

    @Test func severalInvalidFieldsAreAllNamedInTheDetail() {
        let problem = Problem.invalid([.init(field: "a", message: "one"), .init(field: "b", message: "two")])
        #expect(problem.detail == "a: one; b: two")
        #expect(problem.errors?.map(\.field) == ["a", "b"])
    }

    @Test func onlyUnavailabilitySaysWhenToTryAgain() {
        #expect(Problem.unavailable("busy", retryAfter: 7).retryAfter == 7)
        #expect(Problem.unavailable("busy").retryAfter == 1)
        #expect(Problem.invalid("a", "b").retryAfter == nil)
    }
}
