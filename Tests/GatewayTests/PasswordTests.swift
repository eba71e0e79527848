import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct PasswordTests {
    private static let next = "another battery"

    private func change(
        _ box: RunningGateway, _ token: String, from current: String = RunningGateway.password, to new: String = next
    ) async throws -> RunningGateway.Answer {
        let body = try JSONEncoder().encode(PasswordChange(currentPassword: current, newPassword: new))
        return try await box.call(
            .POST, "/auth/password", token: token, headers: [("Content-Type", "application/json")],
            body: ByteBuffer(data: body))
    }

    @Test func newPasswordTakesThePlaceOfTheOldAndEndsTheOtherSessions() async throws {
        try await withGateway { box in
            let (client, other) = (try await box.client(), try await box.client())
            #expect(try await other.me().username == "admin")
            try await client.changePassword(from: RunningGateway.password, to: Self.next)
            #expect(try await client.me().username == "admin", "the session that asked goes on")
            let token = try #require(await other.accessToken)
            #expect(try await box.call(.GET, "/auth/me", token: token).status == 401, "at once, in spite of its cache")
            let ended = await #expect(throws: Problem.self) { try await other.me() }
            #expect(ended?.status == 401, "its refresh token is no good either")
            let old = await #expect(throws: Problem.self) {
                try await other.login(username: "admin", password: RunningGateway.password)
            }
            #expect(old?.status == 401)
            #expect(try await other.login(username: "admin", password: Self.next).username == "admin")
        }
    }

    @Test(arguments: Role.allCases)
    func everyRoleMayChangeItsPassword(role: Role) async throws {
        try await withGateway { box in
            let token = try await box.token(role)
            #expect(try await change(box, token).status == 204)
        }
    }

    @Test(arguments: [
        (RunningGateway.password, "7 bytes", "new_password"),
        (RunningGateway.password, RunningGateway.password, "new_password"),
        (RunningGateway.password, String(repeating: "x", count: 1025), "new_password"), ("", next, "current_password"),
    ])
    func passwordThatWillNotDoIsRefusedByName(current: String, new: String, field: String) async throws {
        try await withGateway { box in
            let answer = try await change(box, try await box.token(.viewer), from: current, to: new)
            #expect(answer.status == 422)
            #expect(try answer.decode(Problem.self).errors?.map(\.field) == [field])
        }
    }

    @Test func wrongCurrentPasswordIsRefusedAndCountedLikeALogin() async throws {
        try await withGateway { box in
            let token = try await box.token(.viewer)
            for _ in 0..<10 {
                let refused = try await change(box, token, from: "wrong")
                #expect(refused.status == 403)
                #expect(try refused.decode(Problem.self).detail == "The current password is wrong.")
            }
            let throttled = try await change(box, token)
            #expect(throttled.status == 429 && throttled.headers.first(name: "retry-after") != nil)
            box.clock.advance(60)
            #expect(try await change(box, token).status == 204)
        }
    }

    @Test func passwordOfAResetHasToBeChangedOnce() async throws {
        try await withGateway { box in
            let user = try #require(try await box.data.credential(username: "admin")?.user)
            let printed = Gateway.makePassword()
            _ = try await box.data.setPassword(
                try Gateway.passwordHash(printed), mustChange: true, ofUser: user.id, keeping: nil)
            let client = AIBoxClient(address: box.address)
            #expect(try await client.login(username: "admin", password: printed).mustChangePassword)
            try await client.changePassword(from: printed, to: Self.next)
            #expect(try await !client.me().mustChangePassword)
        }
    }
}
