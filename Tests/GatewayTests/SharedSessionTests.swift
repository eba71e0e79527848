import AIBoxAPI
import Foundation
import KeyValue
import NIOCore
import TestSupport
import Testing

@testable import Gateway

/// What two gateways with one Redis know of each other's sessions and logins.
@Suite(
    .enabled(if: TestRedis.isInstalled, Comment(rawValue: TestRedis.absence)), .serialized, .timeLimit(.minutes(5)))
struct SharedSessionTests {
    @Test func aLogoutIsKnownToTheOtherGatewayAtOnce() async throws {
        try await withTwoGateways { boxes in
            let (gone, kept) = (try await boxes.first.session(), try await boxes.first.session())
            for box in boxes.both { #expect(try await box.status(gone) == 200) }
            #expect(try await boxes.first.logout(gone) == 204)
            #expect(try await boxes.second.status(gone) == 401)
            #expect(try await boxes.second.status(kept) == 200)
        }
    }

    @Test func aNewPasswordEndsTheOtherSessionsOnTheOtherGatewayAtOnce() async throws {
        try await withTwoGateways { boxes in
            let (own, other) = (try await boxes.first.session(), try await boxes.second.session())
            #expect(try await boxes.second.status(other) == 200)
            let change = PasswordChange(currentPassword: RunningGateway.password, newPassword: "battery staple")
            let answer = try await boxes.first.call(
                .POST, "/auth/password", token: own, headers: [("Content-Type", "application/json")],
                body: ByteBuffer(data: try JSONEncoder().encode(change)))
            #expect(answer.status == 204)
            #expect(try await boxes.second.status(other) == 401)
            #expect(try await boxes.second.status(own) == 200)
        }
    }

    @Test func wrongPasswordsCountOnBothGatewaysTogether() async throws {
        try await withTwoGateways { boxes in
            for _ in 0..<5 {
                try await expect(401, of: "wrong", at: boxes.both)
            }
            for box in boxes.both {
                let refused = try await box.login()
                #expect(refused.status == 429)
                let wait = refused.headers.first(name: "retry-after").flatMap { Int($0) }
                #expect(wait.map { (1...60).contains($0) } == true)
            }
            boxes.first.clock.advance(60)
            try await expect(200, at: boxes.both)
        }
    }

    @Test func goodLoginsAreNotCountedTogetherEither() async throws {
        try await withTwoGateways { boxes in
            for _ in 0..<6 {
                try await expect(200, at: boxes.both)
            }
        }
    }

    @Test func withRedisAwayEachGatewayHoldsTheLimitAlone() async throws {
        try await withTwoGateways { boxes in
            await boxes.redis.kill()
            for box in boxes.both {
                for _ in 0..<10 { try await expect(401, of: "wrong", at: [box]) }
                try await expect(429, at: [box])
            }
        }
    }

    /// Logs in at each gateway and compares the status.
    private func expect(
        _ status: Int, of password: String = RunningGateway.password, at boxes: [RunningGateway]
    ) async throws {
        for box in boxes {
            let answer = try await box.login(password)
            #expect(answer.status == status)
        }
    }
}
