import AIBoxAPI
import Crypto
import Foundation
import JWTKit

/// Makes and reads access tokens: JWTs (HS256) that are good for 15 minutes.
struct AccessTokens: Sendable {
    struct Claims: Sendable {
        var identity: Identity
        /// Seconds since 1970 from which on the token is refused.
        var expiry: Int
    }

    private struct Payload: JWTPayload {
        static let issuer = "aibox"
        var iss: String
        var sub: UUIDv7
        var sid: UUIDv7
        var name: String
        var role: Role
        var iat: Int
        var exp: Int

        /// The claims are checked by `AccessTokens.claims(of:)`, which knows the clock.
        func verify(using algorithm: some JWTAlgorithm) {}
    }

    static let lifetime = 900

    let seconds: @Sendable () -> Int
    private let keys = JWTKeyCollection()

    /// - Parameters:
    ///   - secret: `AIBOX_INTERNAL_SECRET`. The signing key is derived from it (HKDF, RFC 5869), so that no token for
    ///     users can pass as one between services or the other way round.
    ///   - seconds: the clock, seconds since 1970.
    init(secret: String, seconds: @escaping @Sendable () -> Int) async {
        self.seconds = seconds
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Data(secret.utf8)), info: Data("aibox access token".utf8),
            outputByteCount: 32)
        await keys.add(hmac: HMACKey(key: key), digestAlgorithm: .sha256)
    }

    func token(for identity: Identity) async throws -> String {
        let now = seconds()
        return try await keys.sign(
            Payload(
                iss: Payload.issuer, sub: identity.userID, sid: identity.sessionID, name: identity.username,
                role: identity.role, iat: now, exp: now + Self.lifetime))
    }

    /// - Throws: `Problem` 401.
    func claims(of token: String) async throws -> Claims {
        guard let payload = try? await keys.verify(token, as: Payload.self), payload.iss == Payload.issuer else {
            throw Problem.unauthorized("The access token is not one of this installation.")
        }
        guard seconds() < payload.exp else { throw Self.expired }
        let identity = Identity(
            userID: payload.sub, username: payload.name, role: payload.role, sessionID: payload.sid)
        return Claims(identity: identity, expiry: payload.exp)
    }

    static let expired = Problem.unauthorized("The access token has expired; get a new one from POST /auth/refresh.")
}
