import AIBoxAPI
import Crypto
import Foundation
import ServiceClients
import Synchronization

/// Tells from an access token who calls.
///
/// A verified token is remembered by its hash, since a signature costs 0.1 ms. Whether its session is still open is
/// asked of the data manager at most once a second per token: a session that is closed here is refused here at once,
/// one that another gateway closed after a second at the latest. Gateways that share a store tell one another, so that
/// it is refused everywhere at once; while the store is away the data manager is asked every time. While the data manager
/// cannot be asked, a token that was good a moment before stays good for a few minutes, so that pictures go on being taken
/// with `store=async`.
final class Authenticator: Sendable {
    private struct Entry {
        var claims: AccessTokens.Claims
        var checkedAt: ContinuousClock.Instant
    }

    private struct State {
        var entries = BoundedCache<SHA256Digest, Entry>(capacity: 16_384)
        var closedSessions = BoundedCache<UUIDv7, Bool>(capacity: 16_384)
    }

    private static let trust = Duration.seconds(1)
    /// While the data manager is away.
    private static let outageTrust = Duration.seconds(300)

    private let tokens: AccessTokens
    private let data: any DataManaging
    private let revocations: Revocations?
    private let state = Mutex(State())

    /// - Parameter revocations: what other gateways tell; `nil` when there are none, or nothing that they share.
    init(tokens: AccessTokens, data: any DataManaging, revocations: Revocations? = nil) {
        self.tokens = tokens
        self.data = data
        self.revocations = revocations
    }

    /// - Throws: `Problem` 401 for a token that is forged, expired or of a closed session.
    func identity(for token: String) async throws -> Identity {
        let digest = SHA256.hash(data: Data(token.utf8))
        let entry = state.withLock { $0.entries[digest] }
        let claims = if let entry { entry.claims } else { try await tokens.claims(of: token) }
        try check(claims)
        let verdict = await revocations?.verdict(on: claims.identity.sessionID) ?? .notEnded
        guard verdict != .ended else { throw ended(claims) }
        if let entry, verdict == .notEnded, ContinuousClock.now - entry.checkedAt < Self.trust {
            return claims.identity
        }
        do {
            guard try await data.session(claims.identity.sessionID) != nil else { throw ended(claims) }
        } catch let problem as Problem where [502, 503, 504].contains(problem.status) {
            guard let entry, verdict == .notEnded, ContinuousClock.now - entry.checkedAt < Self.outageTrust else {
                throw problem
            }
            try check(claims)
            return claims.identity
        }
        state.withLock { $0.entries[digest] = Entry(claims: claims, checkedAt: .now) }
        try check(claims)
        return claims.identity
    }

    /// Refuses every token of the session from now on, on every gateway that shares a store with this one.
    func end(_ session: UUIDv7) async {
        state.withLock { $0.closedSessions[session] = true }
        await revocations?.end(session)
    }

    /// A session that has ended never opens again: it is remembered, whatever the shared store has lost meanwhile.
    private func ended(_ claims: AccessTokens.Claims) -> Problem {
        state.withLock { $0.closedSessions[claims.identity.sessionID] = true }
        return Self.sessionClosed
    }

    private func check(_ claims: AccessTokens.Claims) throws(Problem) {
        guard tokens.seconds() < claims.expiry else { throw AccessTokens.expired }
        let isClosed = state.withLock { $0.closedSessions[claims.identity.sessionID] ?? false }
        guard !isClosed else { throw Self.sessionClosed }
    }

    private static let sessionClosed = Problem.unauthorized("The session has ended; log in again.")
}
