import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import Testing

@testable import DataManager
@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct LoginTests {
    private func login(
        _ box: RunningGateway, _ username: String = "admin", _ password: String = RunningGateway.password
    ) async throws -> RunningGateway.Answer {
        let body = ByteBuffer(data: try JSONEncoder().encode(LoginRequest(username: username, password: password)))
        return try await box.call(.POST, "/auth/login", headers: [("Content-Type", "application/json")], body: body)
    }

    private func refresh(_ box: RunningGateway, _ token: String) async throws -> RunningGateway.Answer {
        let body = ByteBuffer(string: #"{"refresh_token":"\#(token)"}"#)
        return try await box.call(.POST, "/auth/refresh", headers: [("Content-Type", "application/json")], body: body)
    }

    @Test func loginTellsWhoAndForHowLong() async throws {
        try await withGateway { box in
            let answer = try await login(box)
            #expect(answer.status == 200)
            #expect(answer.headers.first(name: "cache-control") == "no-store")
            let login = try answer.decode(LoginAnswer.self)
            #expect(login.tokenType == "bearer")
            #expect(login.expiresIn == 900)
            #expect(login.user.role == .admin)
            let me = try await box.call(.GET, "/auth/me", token: login.accessToken)
            #expect(try me.decode(User.self) == login.user)
        }
    }

    @Test(arguments: [
        ("admin", "wrong"), ("nobody", "correct horse"), ("Admin", "correct horse"), ("admin", "correct horse "),
    ])
    func wrongNameAndWrongPasswordAreNotToldApart(username: String, password: String) async throws {
        try await withGateway { box in
            let answer = try await login(box, username, password)
            #expect(answer.status == 401)
            #expect(try answer.decode(Problem.self).detail == "The user name or the password is wrong.")
        }
    }

    @Test(arguments: [
        (#"{"username":"admin"}"#, "application/json", 422), ("{", "application/json", 400),
        (#"{"username":"","password":"x"}"#, "application/json", 422),
        (#"{"username":"admin","password":""}"#, "application/json", 422),
        ("username=admin", "application/x-www-form-urlencoded", 415),
    ])
    func bodyThatIsNoLoginIsRefused(body: String, type: String, status: Int) async throws {
        try await withGateway { box in
            let answer = try await box.call(
                .POST, "/auth/login", headers: [("Content-Type", type)], body: ByteBuffer(string: body))
            #expect(answer.status == status)
        }
    }

    @Test func tooManyFailuresAreRefusedForAMinute() async throws {
        try await withGateway { box in
            for _ in 0..<10 { #expect(try await login(box, "admin", "wrong").status == 401) }
            let refused = try await login(box)
            #expect(refused.status == 429)
            #expect(
                refused.headers.first(name: "retry-after").flatMap { Int($0) }.map { (1...60).contains($0) } == true)
            box.clock.advance(60)
            #expect(try await login(box).status == 200)
        }
    }

    @Test func goodLoginsAreNotCounted() async throws {
        try await withGateway { box in
            for _ in 0..<12 {
                let answer = try await login(box)
                #expect(answer.status == 200)
            }
        }
    }

    @Test func refreshTokenIsGoodOnceAndItsReuseEndsTheSession() async throws {
        try await withGateway { box in
            let first = try await login(box).decode(LoginAnswer.self)
            let second = try await refresh(box, first.refreshToken)
            #expect(second.status == 200)
            let renewed = try second.decode(LoginAnswer.self)
            #expect(renewed.refreshToken != first.refreshToken)
            #expect(try await box.call(.GET, "/models", token: renewed.accessToken).status == 200)
            #expect(try await refresh(box, first.refreshToken).status == 401)
            #expect(try await refresh(box, renewed.refreshToken).status == 401)
        }
    }

    @Test func loggedOutSessionIsRefusedAtOnce() async throws {
        try await withGateway { box in
            let first = try await login(box).decode(LoginAnswer.self)
            let other = try await login(box).decode(LoginAnswer.self)
            #expect(try await box.call(.GET, "/models", token: first.accessToken).status == 200)
            #expect(try await box.call(.POST, "/auth/logout", token: first.accessToken).status == 204)
            #expect(try await box.call(.GET, "/models", token: first.accessToken).status == 401)
            #expect(try await refresh(box, first.refreshToken).status == 401)
            #expect(try await box.call(.GET, "/models", token: other.accessToken).status == 200)
        }
    }

    @Test func clientRenewsAnExpiredTokenOnceForAllItsTasks() async throws {
        try await withGateway { box in
            let client = try await box.client()
            let before = await client.accessToken
            box.clock.advance(901)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await client.models().count } }
                for try await count in group { #expect(count == 1) }
            }
            #expect(await client.accessToken != before)
            #expect(try await client.me().username == "admin")
            try await client.logout()
            let problem = await #expect(throws: Problem.self) { try await client.models() }
            #expect(problem?.status == 401)
        }
    }

    @Test func firstAdminIsMadeOnceWithAPasswordToChange() async throws {
        let folder = NSTemporaryDirectory() + "/aibox-first-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let data = try await DataManager(.init(folder: folder), logger: .init(label: "test"))
        let spool = try InferenceSpool(
            .init(folder: folder + "/spool", maximumBytes: 1 << 20), logger: .init(label: "test")
        ) { try await data.store($0, picture: $1) }
        let gateway = try await Gateway(
            models: GivenModels(), data: data, spool: spool,
            configuration: .init(internalSecret: "0123456789abcdef", metricsReaders: try .init()))
        let printed = try #require(try await gateway.createFirstAdmin(password: nil))
        #expect(printed.count >= 24)
        #expect(try await gateway.createFirstAdmin(password: nil) == nil)
        #expect(try await gateway.createFirstAdmin(password: "other") == nil)
        let stored = try #require(try await data.credential(username: "admin"))
        #expect(stored.user.mustChangePassword)
        #expect(stored.passwordHash.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(try await gateway.hasher.verify(printed, against: stored.passwordHash))
        #expect(try await !gateway.hasher.verify("other", against: stored.passwordHash))
        #expect(try await !gateway.hasher.verify("decoy", against: nil))
        await data.close()
    }
}
