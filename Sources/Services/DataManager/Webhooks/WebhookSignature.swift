import Crypto
import Foundation

/// The signature of a message as Standard Webhooks 1.0 has it (https://www.standardwebhooks.com): HMAC-SHA256 over
/// identifier, time and body.
struct WebhookSignature: Sendable {
    static let prefix = "whsec_"
    private let key: SymmetricKey

    /// - Parameter secret: `whsec_` and base 64 of 24 to 64 bytes; `nil` for anything else.
    init?(secret: String) {
        guard secret.hasPrefix(Self.prefix), let bytes = Data(base64Encoded: String(secret.dropFirst(6))),
            (24...64).contains(bytes.count)
        else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// The value of `webhook-signature`.
    /// - Parameter seconds: `webhook-timestamp`, since 1970.
    func value(id: String, seconds: Int64, body: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data("\(id).\(seconds).\(body)".utf8), using: key)
        return "v1,\(Data(code).base64EncodedString())"
    }
}
