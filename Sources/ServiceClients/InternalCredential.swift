import AIBoxAPI
import JWTKit
import Synchronization

/// The short-lived token by which one service shows another that it belongs here: a JWT (HS256) signed with
/// `AIBOX_INTERNAL_SECRET`.
///
/// A token is good for 60 seconds and is used for the first 30 of them; the verifier allows clocks to differ by
/// 30 seconds and remembers what it has verified, since a signature costs more than a look-up.
public final class InternalCredential: Sendable {
    private struct Payload: JWTPayload {
        static let audience = "aibox-internal"
        var iss: String
        var aud: String
        var iat: Int
        var exp: Int

        /// The claims are checked by `verify(_:)`, which knows the clock.
        func verify(using algorithm: some JWTAlgorithm) {}
    }

    private struct State {
        /// Used from the second of its making on: a clock that is set back must not leave a token of the future in use.
        var current: (token: String, times: Range<Int>)?
        var verified = BoundedCache<String, Int>(capacity: 256)
    }

    private static let lifetime = 60
    private static let reuse = 30
    private static let leeway = 30

    private let issuer: String
    private let keys = JWTKeyCollection()
    private let seconds: @Sendable () -> Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - secret: at least 16 bytes, the same in every service.
    ///   - issuer: the name of the service that signs.
    ///   - seconds: the clock, seconds since 1970.
    /// - Throws: `Problem` 500 for a secret that is too short to be one.
    public init(
        secret: String, issuer: String,
        seconds: @escaping @Sendable () -> Int = { Int(Timestamp.now.milliseconds / 1000) }
    ) async throws {
        guard secret.utf8.count >= 16 else {
            throw Problem(
                500, "Internal secret too short",
                detail: "AIBOX_INTERNAL_SECRET has \(secret.utf8.count) bytes; give at least 16 random ones.")
        }
        self.issuer = issuer
        self.seconds = seconds
        await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
    }

    /// A secret for services that share one process: 32 random bytes in hexadecimal.
    public static func makeSecret() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let word = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - word.count) + word
        }.joined()
    }

    /// A token to send as `Authorization: Bearer`.
    public func token() async throws -> String {
        let now = seconds()
        if let current = state.withLock({ $0.current }), current.times.contains(now) { return current.token }
        let token = try await keys.sign(
            Payload(iss: issuer, aud: Payload.audience, iat: now, exp: now + Self.lifetime))
        state.withLock { $0.current = (token, now..<now + Self.reuse) }
        return token
    }

    /// - Throws: `Problem` 401 when the token was not signed with this secret, has expired or is for another use.
    public func verify(_ token: String) async throws {
        let now = seconds()
        if let expiry = state.withLock({ $0.verified[token] }), now < expiry { return }
        guard let payload = try? await keys.verify(token, as: Payload.self), payload.aud == Payload.audience,
            now < payload.exp + Self.leeway, payload.iat <= now + Self.leeway
        else { throw Problem.unauthorized("The internal credential is wrong or has expired.") }
        state.withLock { $0.verified[token] = payload.exp + Self.leeway }
    }
}
