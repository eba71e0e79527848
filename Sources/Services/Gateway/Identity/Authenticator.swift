import AIBoxAPI
import Crypto
import Foundation
import ServiceClients
import Synchronization

/// Tells from an access token who calls.
///
/// A verified token is remembered by its hash, since a signature costs 0.1 ms. Whether its session is still open is
/// asked of the data manager at most once a second per token: a session that is closed here is refused here at once,
/// one that another gateway closed after a second at the latest.
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

    private let tokens: AccessTokens
    private let data: any DataManaging
    private let state = Mutex(State())

    init(tokens: AccessTokens, data: any DataManaging) {
        self.tokens = tokens
        self.data = data
    }

    /// - Throws: `Problem` 401 for a token that is forged, expired or of a closed session.
    func identity(for token: String) async throws -> Identity {
        let digest = SHA256.hash(data: Data(token.utf8))
        let entry = state.withLock { $0.entries[digest] }
        if let entry, ContinuousClock.now - entry.checkedAt < Self.trust {
            try check(entry.claims)
            return entry.claims.identity
        }
        let claims = if let entry { entry.claims } else { try await tokens.claims(of: token) }
        try check(claims)
        guard try await data.session(claims.identity.sessionID) != nil else { throw Self.sessionClosed }
        state.withLock { $0.entries[digest] = Entry(claims: claims, checkedAt: .now) }
        try check(claims)
        return claims.identity
    }

    /// Refuses every token of the session from now on.
    func forget(_ session: UUIDv7) {
        state.withLock { $0.closedSessions[session] = true }
    }

    private func check(_ claims: AccessTokens.Claims) throws(Problem) {
        guard tokens.seconds() < claims.expiry else { throw AccessTokens.expired }
        let isClosed = state.withLock { $0.closedSessions[claims.identity.sessionID] ?? false }
        guard !isClosed else { throw Self.sessionClosed }
    }

    private static let sessionClosed = Problem.unauthorized("The session has ended; log in again.")
}
