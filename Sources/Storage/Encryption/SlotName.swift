import AIBoxAPI

/// Whose key is in a slot of the key store: 16 bytes. A subject's are its identifier; those of the store's own keys are
/// no UUIDv7.
struct SlotName: Sendable, Hashable {
    let high: UInt64
    let low: UInt64

    init(_ subject: UUIDv7) { (high, low) = (subject.high, subject.low) }

    /// - Parameter bytes: 16.
    init(_ bytes: some Collection<UInt8>) {
        high = UInt64(bigEndianBytes: bytes.prefix(8))
        low = UInt64(bigEndianBytes: bytes.dropFirst(8))
    }

    var bytes: [UInt8] { high.bigEndianBytes + low.bigEndianBytes }

    var subject: UUIDv7? { UUIDv7(high: high, low: low) }

    /// The key of `KeyedIndex`.
    static let index = SlotName(Array("aibox index key.".utf8))

    /// The key of blobs that belong to no subject.
    static let blobs = SlotName(Array("aibox blobs key.".utf8))

    private static let checkPrefix = Array("kekcheck".utf8)

    /// Says that a KEK was used and is still wanted: the slot holds a key of no worth, wrapped under that KEK.
    static func check(of key: KeyID) -> SlotName { SlotName(checkPrefix + key.number.bigEndianBytes) }

    var isCheck: Bool { bytes.starts(with: Self.checkPrefix) }
}
