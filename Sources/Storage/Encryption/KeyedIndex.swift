import Crypto
import Foundation

/// Searches for equal values that are stored sealed: HMAC-SHA256 (RFC 2104) of the value under a key of its own for each
/// purpose, derived with HKDF-SHA256 (RFC 5869).
///
/// **What it gives away.** Tokens are the same for the same text: who holds the database sees which rows have the same
/// value, how often each occurs, and, where something is known from elsewhere, which token is whose. Without the key
/// nobody can compute a token or try out values. Purposes are not comparable with each other.
///
/// The key must stay when KEKs are rotated (`SubjectKeys.indexKey`): another key is another index.
public struct KeyedIndex: Sendable {
    /// Bytes of a token: the first half of the HMAC.
    public static let tokenSize = 16

    private let key: SymmetricKey

    /// - Parameter purpose: what is indexed, such as `person.external_id`.
    public init(_ key: SymmetricKey, purpose: String) {
        self.key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, info: Array("aibox keyed index v1 \(purpose)".utf8), outputByteCount: 32)
    }

    /// The token of a text, byte for byte.
    public func token(_ text: String) -> [UInt8] {
        // As a sequence a code gives its bytes one by one, which takes longer than making it.
        HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key).withUnsafeBytes {
            Array($0.prefix(Self.tokenSize))
        }
    }
}
