import AIBoxAPI
import Foundation
import ServiceClients
import Synchronization
import Testing

/// A clock that a test moves.
final class ManualClock: Sendable {
    private let now = Mutex(1_700_000_000)

    var seconds: @Sendable () -> Int {
        { self.now.withLock { $0 } }
    }

    func advance(_ seconds: Int) { now.withLock { $0 += seconds } }
}

struct InternalCredentialTests {
    private let secret = InternalCredential.makeSecret()
    private let clock = ManualClock()

    private func credential(_ secret: String? = nil) async throws -> InternalCredential {
        try await InternalCredential(secret: secret ?? self.secret, issuer: "test", seconds: clock.seconds)
    }

    @Test func tokenIsUsedForHalfItsLife() async throws {
        let credential = try await credential()
        let first = try await credential.token()
        clock.advance(29)
        #expect(try await credential.token() == first)
        clock.advance(1)
        #expect(try await credential.token() != first)
    }

    @Test func aClockThatIsSetBackDoesNotLeaveATokenOfTheFutureInUse() async throws {
        let credential = try await credential()
        let first = try await credential.token()
        clock.advance(-3600)
        let second = try await credential.token()
        #expect(second != first)
        // A verifier that has seen neither, such as one that was just started.
        try await self.credential().verify(second)
    }

    @Test(arguments: [(0, true), (59, true), (89, true), (90, false), (3600, false), (-30, true), (-31, false)])
    func tokenIsGoodForItsLifeAndTheLeeway(seconds: Int, isGood: Bool) async throws {
        let token = try await credential().token()
        clock.advance(seconds)
        let verifier = try await credential()
        if isGood {
            try await verifier.verify(token)
        } else {
            await #expect(throws: Problem.self) { try await verifier.verify(token) }
        }
    }

    @Test func rememberedTokenExpiresToo() async throws {
        let credential = try await credential()
        let token = try await credential.token()
        try await credential.verify(token)
        clock.advance(90)
        await #expect(throws: Problem.self) { try await credential.verify(token) }
    }

    @Test func tokenOfAnotherSecretIsRefused() async throws {
        let token = try await credential(InternalCredential.makeSecret()).token()
        let problem = await #expect(throws: Problem.self) { try await credential().verify(token) }
        #expect(problem?.status == 401)
    }

    @Test func changedOrUnsignedTokenIsRefused() async throws {
        let verifier = try await credential()
        let parts = try await credential().token().split(separator: ".").map(String.init)
        let header = Data(#"{"alg":"none","typ":"JWT"}"#.utf8).base64EncodedString().replacing("=", with: "")
        for token in [
            "", "a.b.c", "\(header).\(parts[1]).", "\(parts[0]).\(parts[1]).AAAA", "\(header).\(parts[1]).\(parts[2])",
        ] {
            await #expect(throws: Problem.self, "\(token)") { try await verifier.verify(token) }
        }
    }

    @Test func shortSecretIsRefused() async {
        await #expect(throws: Problem.self) { try await credential("short") }
    }

    @Test func secretsAreLongAndDiffer() {
        let secrets = (0..<10).map { _ in InternalCredential.makeSecret() }
        #expect(secrets.allSatisfy { $0.utf8.count == 64 })
        #expect(Set(secrets).count == 10)
    }
}
