import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct BackupTests {
    @Test func oneIsAskedForListedAndVerified() async throws {
        try await withGateway { box in
            let client = try await box.client()
            #expect(try await client.backups().isEmpty)
            let (me, asked) = (try await client.me().id, try await client.createBackup())
            #expect(asked.kind == "backup" && asked.createdBy == me)
            let made = try await Self.end(of: asked, client)
            #expect(made.state == .done, "\(made.error ?? "")")
            let backup = try #require(try await client.backups().first)
            #expect(backup.id == asked.id && backup.form == .sqlite && backup.bytes > 0)
            let verified = try await Self.end(of: try await client.verifyBackup(backup.id), client)
            #expect(verified.state == .done)
            let absent = await #expect(throws: Problem.self) { try await client.verifyBackup(UUIDv7()) }
            #expect(absent?.status == 404)
            let byKind = try await Self.end(of: try await client.createJob(NewJob(kind: "backup")), client)
            #expect(byKind.state == .done)
            #expect(try await client.backups().map(\.id) == [byKind.id, backup.id])
        }
    }

    private static func end(of job: Job, _ client: AIBoxClient) async throws -> Job {
        var now = job
        while !now.state.isFinal { now = try await client.job(job.id) }
        return now
    }

    @Test(arguments: Role.allCases)
    func theyAreForAdministrators(role: Role) async throws {
        try await withGateway { box in
            let client = try await box.client()
            let job = try await client.createBackup()
            _ = try await Self.end(of: job, client)
            let token = try await box.token(role)
            let isAdmin = role == .admin
            #expect(try await box.call(.GET, "/system/backups", token: token).status == (isAdmin ? 200 : 403))
            for path in ["/system/backups", "/system/backups/\(job.id)/verify"] {
                let answer = try await box.call(.POST, path, token: token)
                #expect(answer.status == (isAdmin ? 202 : 403), "\(path)")
                #expect((answer.headers.first(name: "location")?.hasPrefix("/jobs/") == true) == isAdmin)
            }
            let bodies = [#"{"kind":"backup"}"#, #"{"kind":"backup-verify","payload":{"id":"\#(job.id)"}}"#]
            for body in bodies {
                let answer = try await box.call(
                    .POST, "/jobs", token: token, headers: [Body.json], body: ByteBuffer(string: body))
                #expect(answer.status == (isAdmin ? 202 : 403), "\(body)")
            }
            let cancel = try await box.call(.DELETE, "/jobs/\(job.id)", token: token)
            #expect(cancel.status == (isAdmin ? 409 : 403))
        }
    }
}
