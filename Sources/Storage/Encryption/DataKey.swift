import Crypto
import Foundation
import NIOCore
import NIOFoundationCompat

/// The key of one message or blob, with what is authenticated besides. See `EnvelopeHeader` for its nonces.
struct DataKey: Sendable {
    /// Bytes that sealing adds to a segment: the tag of AES-GCM.
    static let tagSize = 16

    private let key: SymmetricKey
    private let authenticated: [UInt8]

    /// A new key, and the header to write before what it seals.
    static func make(
        _ layout: EnvelopeHeader.Layout, _ context: SealContext, with keys: KeyRing
    ) throws(StorageError) -> (DataKey, EnvelopeHeader) {
        let key = SymmetricKey(size: .bits256)
        let header = EnvelopeHeader(
            layout: layout, keyID: keys.current.id, wrappedKey: try keys.current.wrap(key))
        return (DataKey(key, header, context), header)
    }

    /// - Throws: `StorageError` `.denied` when the key that the header names is missing, `.damaged`.
    init(_ header: EnvelopeHeader, _ context: SealContext, with keys: KeyRing) throws(StorageError) {
        self.init(try keys.key(header.keyID).unwrap(header.wrappedKey), header, context)
    }

    private init(_ key: SymmetricKey, _ header: EnvelopeHeader, _ context: SealContext) {
        self.key = key
        authenticated = header.authenticated + context.bytes
    }

    /// The ciphertext and its tag. To be called once for each number.
    func seal(
        _ bytes: some DataProtocol, segment: UInt32 = 0, isLast: Bool = true
    ) throws(StorageError) -> AES.GCM.SealedBox {
        do {
            return try AES.GCM.seal(
                bytes, using: key, nonce: Self.nonce(segment, isLast), authenticating: authenticated)
        } catch {
            throw StorageError(.invalid, "sealing failed: \(error)")
        }
    }

    /// - Throws: `StorageError` `.damaged` for anything that `seal` has not made with this number.
    func open(_ bytes: some DataProtocol, segment: UInt32 = 0, isLast: Bool = true) throws(StorageError) -> Data {
        do {
            let box = try AES.GCM.SealedBox(
                nonce: Self.nonce(segment, isLast), ciphertext: bytes.dropLast(Self.tagSize),
                tag: bytes.suffix(Self.tagSize))
            return try AES.GCM.open(box, using: key, authenticating: authenticated)
        } catch {
            throw StorageError(
                .damaged, "something sealed was altered, cut off, or belongs elsewhere (segment \(segment))")
        }
    }

    private static func nonce(_ segment: UInt32, _ isLast: Bool) throws -> AES.GCM.Nonce {
        try AES.GCM.Nonce(data: [UInt8](repeating: 0, count: 7) + segment.bigEndianBytes + [isLast ? 1 : 0])
    }
}
