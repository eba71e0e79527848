import AIBoxAPI
import Crypto
import Foundation
import ServiceClients

/// Opens, renews and closes logins. A refresh token is 32 random bytes, known to the data manager by its SHA-256 only
/// and good once; the session ends 30 days after its last renewal.
struct Sessions: Sendable {
    private static let lifetime = 30 * 86_400

    let data: any DataManaging
    let tokens: AccessTokens
    let authenticator: Authenticator

    func open(for user: User) async throws -> LoginAnswer {
        let refresh = Self.makeRefreshToken()
        let session = StoredSession(
            id: UUIDv7(), userID: user.id, refreshHash: Self.hash(refresh), expiresAt: expiry)
        try await data.openSession(session)
        return try await answer(user, session.id, refresh)
    }

    /// - Throws: `Problem` 401 for a token that is unknown, expired, or was exchanged before (which closes the session).
    func renew(_ refreshToken: String) async throws -> LoginAnswer {
        let successor = Self.makeRefreshToken()
        let session = try await data.rotateSession(
            refreshHash: Self.hash(refreshToken), successorHash: Self.hash(successor), expiresAt: expiry)
        guard let session, let user = try await data.user(session.userID) else {
            throw Problem.unauthorized("The refresh token is not good, or not good any more; log in again.")
        }
        return try await answer(user, session.id, successor)
    }

    func close(_ id: UUIDv7) async throws {
        await authenticator.end(id)
        try await data.closeSession(id)
    }

    /// Gives the user of a session another password; the user's other sessions are refused from now on.
    func changePassword(of identity: Identity, hash: String) async throws {
        let ended = try await data.setPassword(
            hash, mustChange: false, ofUser: identity.userID, keeping: identity.sessionID)
        for session in ended { await authenticator.end(session) }
    }

    private func answer(_ user: User, _ session: UUIDv7, _ refresh: String) async throws -> LoginAnswer {
        let identity = Identity(userID: user.id, username: user.username, role: user.role, sessionID: session)
        return LoginAnswer(
            accessToken: try await tokens.token(for: identity), refreshToken: refresh,
            expiresIn: AccessTokens.lifetime, user: user)
    }

    private var expiry: Timestamp {
        Timestamp(milliseconds: Int64(tokens.seconds() + Self.lifetime) * 1000)
    }

    private static func makeRefreshToken() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }.base64URL
    }

    private static func hash(_ token: String) -> String {
        SHA256.hash(data: Data(token.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension Data {
    /// Base 64 with the alphabet for addresses and without padding (RFC 4648, section 5).
    var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
