import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct JobTests {
    @Test func aJobIsAskedForDoneAndRead() async throws {
        try await withGateway { box in
            let client = try await box.client()
            let me = try await client.me().id
            let job = try await client.createJob(NewJob(kind: "db-check", priority: 7))
            #expect(job.createdBy == me && job.priority == 7 && job.kind == "db-check")
            var now = job
            while !now.state.isFinal { now = try await client.job(job.id) }
            #expect(now.state == .done && now.result == .object(["findings": .integer(0)]) && now.error == nil)
            #expect(now.progress == JobProgress(done: 1, total: 1) && now.finishedAt != nil)
            let results = try await client.jobResults(job.id)
            #expect(results.items.isEmpty && results.nextCursor == nil)
            var query = JobQuery()
            (query.state, query.kind) = (.done, "db-check")
            #expect(try await client.jobs(query).items == [now])
            query.state = .failed
            #expect(try await client.jobs(query).items.isEmpty)
            let late = await #expect(throws: Problem.self) { try await client.cancelJob(job.id) }
            #expect(late?.status == 409)
            let absent = await #expect(throws: Problem.self) { try await client.cancelJob(UUIDv7()) }
            #expect(absent?.status == 404)
        }
    }

    @Test(arguments: [
        ("POST", "/jobs", #"{"kind":"x"}"#, "kind"), ("POST", "/jobs", #"{"kind":"db-check","when":1}"#, "when"),
        ("POST", "/jobs", #"{"kind":"db-check","priority":101}"#, "priority"),
        ("POST", "/jobs", #"{"kind":"db-check","payload":{"a":1}}"#, "payload"), ("POST", "/jobs", "{}", "kind"),
        ("GET", "/jobs?state=late", "", "state"), ("GET", "/jobs?kind=", "", "kind"),
        ("GET", "/jobs?limit=501", "", "limit"), ("GET", "/jobs?cursor=x", "", "cursor"),
        ("GET", "/jobs/ID/results?limit=x", "", "limit"), ("GET", "/jobs/ID/results?cursor=x", "", "cursor"),
    ])
    func whatIsWrongIsRefusedByName(method: String, path: String, body: String, field: String) async throws {
        try await withGateway { box in
            let client = try await box.client()
            let job = try await client.createJob(NewJob(kind: "db-check"))
            let answer = try await box.call(
                HTTPMethod(rawValue: method), path.replacing("ID", with: job.id.description),
                token: await client.accessToken, headers: body.isEmpty ? [] : [Body.json],
                body: body.isEmpty ? nil : ByteBuffer(string: body))
            #expect(answer.status == 422, "\(String(buffer: answer.body))")
            #expect(try answer.decode(Problem.self).errors?.map(\.field) == [field])
        }
    }

    @Test(arguments: Role.allCases)
    func analystsReadAndOperatorsAskAndCancel(role: Role) async throws {
        try await withGateway { box in
            let id = try await box.client().createJob(NewJob(kind: "db-check")).id
            let token = try await box.token(role)
            let (mayRead, mayWrite) = (role != .viewer, role == .admin || role == .operator)
            for path in ["/jobs", "/jobs/\(id)", "/jobs/\(id)/results"] {
                #expect(try await box.call(.GET, path, token: token).status == (mayRead ? 200 : 403), "\(path)")
            }
            let made = try await box.call(
                .POST, "/jobs", token: token, headers: [Body.json], body: ByteBuffer(string: #"{"kind":"db-check"}"#))
            #expect(made.status == (mayWrite ? 202 : 403))
            #expect((made.headers.first(name: "location")?.hasPrefix("/jobs/") == true) == mayWrite)
            let cancel = try await box.call(.DELETE, "/jobs/\(id)", token: token)
            // It may have ended before.
            #expect(mayWrite ? [202, 409].contains(cancel.status) : cancel.status == 403)
        }
    }
}
