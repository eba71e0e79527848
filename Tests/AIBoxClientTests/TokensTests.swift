import AIBoxAPI
import Testing

@testable import AIBoxClient

@Suite(.timeLimit(.minutes(1)))
struct TokensTests {
    private actor Exchanges {
        private(set) var tokens: [String] = []
        func append(_ token: String) { tokens.append(token) }
    }

    private static let user = User(
        id: UUIDv7(), username: "u", role: .viewer, mustChangePassword: false, createdAt: .now)

    private static func answer(_ number: Int) -> LoginAnswer {
        LoginAnswer(accessToken: "a\(number)", refreshToken: "r\(number)", expiresIn: 1, user: user)
    }

    @Test func manyTasksExchangeTheRefreshTokenOnce() async throws {
        let tokens = Tokens()
        await tokens.keep(Self.answer(0))
        let exchanged = Exchanges()
        try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await tokens.renew("a0") { refresh in
                        await exchanged.append(refresh)
                        return Self.answer(1)
                    }
                }
            }
            for try await token in group { #expect(token == "a1") }
        }
        #expect(await exchanged.tokens == ["r0"])
    }

    @Test func refusedRefreshTokenEndsTheLogin() async throws {
        let tokens = Tokens()
        await tokens.keep(Self.answer(0))
        let refused: @Sendable (String) async throws -> LoginAnswer = { _ in throw Problem.unauthorized("no") }
        #expect(try await tokens.renew("a0", by: refused) == nil)
        #expect(await tokens.access == nil)
    }

    @Test func failureOfTheConnectionKeepsTheLogin() async throws {
        let tokens = Tokens()
        await tokens.keep(Self.answer(0))
        await #expect(throws: Problem.self) { try await tokens.renew("a0") { _ in throw Problem.unavailable("down") } }
        #expect(try await tokens.renew("a0") { _ in Self.answer(1) } == "a1")
    }

    @Test(arguments: [
        ("a b", "a%20b"), ("+07:00", "%2B07%3A00"), ("ü/?&=", "%C3%BC%2F%3F%26%3D"), ("A-z_0.~", "A-z_0.~"),
    ])
    func valuesSurviveAQuery(text: String, encoded: String) {
        #expect(text.percentEncoded == encoded)
    }
}
