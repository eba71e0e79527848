import Crypto
import Foundation

/// A key that encrypts keys only (key-encryption key, KEK): 256 bits.
///
/// From it are derived with HKDF-SHA256 (RFC 5869, no salt), each with an `info` of its own: its name ("aibox key id v1",
/// 8 bytes), the key that wraps the data keys of envelopes ("aibox envelope v1"), and one key for each subject whose key
/// is wrapped ("aibox subject key v1" and the subject's 16 bytes). Keys are wrapped with AES Key Wrap (RFC 3394, NIST SP
/// 800-38F). It has no nonce, hence no limit on how many keys one KEK may wrap, and it is deterministic, which tells
/// nothing as data keys are random and never alike.
public struct WrappingKey: Sendable {
    /// Bytes of a key.
    public static let size = 32
    /// Bytes of a wrapped key.
    static let wrappedSize = 40

    public let id: KeyID
    private let key: SymmetricKey
    private let envelopeKey: SymmetricKey

    /// A new random key.
    public init() { self.init(SymmetricKey(size: .bits256)) }

    /// - Throws: `StorageError` `.invalid` unless there are 32 bytes.
    public init(bytes: some ContiguousBytes) throws(StorageError) {
        let key = SymmetricKey(data: bytes)
        guard key.bitCount == Self.size * 8 else {
            throw StorageError(.invalid, "a key has \(Self.size) bytes; this one has \(key.bitCount / 8)")
        }
        self.init(key)
    }

    /// - Parameter key: 256 bits.
    init(_ key: SymmetricKey) {
        self.key = key
        let name = Self.derive(key, Array("aibox key id v1".utf8), size: 8)
        id = KeyID(name.withUnsafeBytes { UInt64(bigEndianBytes: $0) })
        envelopeKey = Self.derive(key, Array("aibox envelope v1".utf8))
    }

    /// The key as one line of a key file: `name:base64`. A secret.
    public var line: String { "\(id):" + key.withUnsafeBytes { Data($0).base64EncodedString() } }

    func wrap(_ dataKey: SymmetricKey) throws(StorageError) -> [UInt8] { try Self.wrap(dataKey, under: envelopeKey) }

    /// - Throws: `.damaged` when these bytes were not made by `wrap` of this key.
    func unwrap(_ wrapped: some Collection<UInt8>) throws(StorageError) -> SymmetricKey {
        try Self.unwrap(wrapped, under: envelopeKey)
    }

    func wrap(_ subjectKey: SymmetricKey, of slot: SlotName) throws(StorageError) -> [UInt8] {
        try Self.wrap(subjectKey, under: slotKey(slot))
    }

    func unwrap(_ wrapped: some Collection<UInt8>, of slot: SlotName) throws(StorageError) -> SymmetricKey {
        try Self.unwrap(wrapped, under: slotKey(slot))
    }

    private func slotKey(_ slot: SlotName) -> SymmetricKey {
        Self.derive(key, Array("aibox subject key v1".utf8) + slot.bytes)
    }

    private static func derive(_ key: SymmetricKey, _ info: [UInt8], size: Int = size) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: info, outputByteCount: size)
    }

    private static func wrap(_ key: SymmetricKey, under wrapping: SymmetricKey) throws(StorageError) -> [UInt8] {
        do { return [UInt8](try AES.KeyWrap.wrap(key, using: wrapping)) } catch {
            throw StorageError(.invalid, "a key cannot be wrapped: \(error)")
        }
    }

    private static func unwrap(
        _ wrapped: some Collection<UInt8>, under wrapping: SymmetricKey
    ) throws(StorageError) -> SymmetricKey {
        let key = try? AES.KeyWrap.unwrap(Data(wrapped), using: wrapping)
        guard let key, key.bitCount == size * 8 else { throw StorageError(.damaged, "a wrapped key is damaged") }
        return key
    }
}
