import AIBoxAPI
import Crypto
import Foundation

/// Access tokens of sessions that never were, signed with the secret of the installation: each is another key of
/// whatever remembers sessions.
struct Forgery: Sendable {
    private struct Payload: Encodable {
        var iss = "aibox"
        var sub = UUIDv7()
        var sid = UUIDv7()
        var name = "nobody"
        var role = Role.viewer
        var iat = Int(Timestamp.now.milliseconds / 1000)
        var exp = Int(Timestamp.now.milliseconds / 1000) + 900
    }

    private let key = HKDF<SHA256>.deriveKey(
        inputKeyMaterial: SymmetricKey(data: Data(Box.secret.utf8)), info: Data("aibox access token".utf8),
        outputByteCount: 32)

    /// RFC 7519, HS256.
    func token() throws -> String {
        let parts = [Data(#"{"alg":"HS256","typ":"JWT"}"#.utf8), try JSONEncoder().encode(Payload())]
        let signed = parts.map(Self.base64URL).joined(separator: ".")
        let signature = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: key)
        return "\(signed).\(Self.base64URL(Data(signature)))"
    }

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
