/// A small value (a name, a template, a crop, a frame of a spool) as one sealed message: an `EnvelopeHeader`, the
/// ciphertext of AES-256-GCM, its tag of 16 bytes. Sealing adds 72 bytes.
public enum SealedValue {
    /// Bytes of the largest value; beyond it use segments (`SealedBlob`).
    public static let limit = 64 << 20
    /// Bytes that sealing adds.
    public static let overhead = EnvelopeHeader.size + DataKey.tagSize

    /// Whether these bytes, or the first of them, were made by sealing.
    public static func isSealed(_ bytes: some Collection<UInt8>) -> Bool { EnvelopeHeader.begins(bytes) }

    /// - Parameter keys: `nil`: no key is configured, and the bytes stay plain.
    /// - Throws: `StorageError` `.tooLarge`; `.invalid` for plain bytes that look sealed and so could not be read again.
    public static func seal(
        _ bytes: [UInt8], _ context: SealContext, with keys: KeyRing?
    ) throws(StorageError) -> [UInt8] {
        guard bytes.count <= limit else {
            throw StorageError(.tooLarge, "a value of \(bytes.count) bytes; \(limit) at most are sealed as one")
        }
        guard let keys else {
            if isSealed(bytes) { throw PlainBytes.lookSealed }
            return bytes
        }
        let (key, header) = try DataKey.make(.message, context, with: keys)
        let box = try key.seal(bytes)
        var sealed = header.bytes
        sealed.reserveCapacity(bytes.count + overhead)
        // Data has no fast way into an array but its memory.
        box.ciphertext.withUnsafeBytes { sealed.append(contentsOf: $0) }
        sealed.append(contentsOf: box.tag)
        return sealed
    }

    /// - Parameter context: as it was when the value was sealed.
    /// - Throws: `StorageError` `.denied` when no key is given, or the one it needs is missing; `.damaged` for whatever
    ///   `seal` has not made for this context, and for plain bytes unless the ring accepts them.
    public static func open(
        _ bytes: [UInt8], _ context: SealContext, with keys: KeyRing?
    ) throws(StorageError) -> [UInt8] {
        guard isSealed(bytes) else { return try PlainBytes.accepted(bytes, with: keys) }
        let header = try EnvelopeHeader(bytes)
        guard let keys else { throw PlainBytes.needKey(header.keyID) }
        guard header.layout == .message else { throw StorageError(.damaged, "a sealed value is expected, not a blob") }
        let key = try DataKey(header, context, with: keys)
        return [UInt8](try key.open(bytes.dropFirst(EnvelopeHeader.size)))
    }
}

/// What becomes of bytes that are not sealed.
enum PlainBytes {
    static let lookSealed = StorageError(.invalid, "these bytes look sealed; they can be stored only with a key")

    static func needKey(_ id: KeyID) -> StorageError {
        StorageError(.denied, "it is sealed with key \(id), and no key is configured")
    }

    static func accepted<Bytes>(_ bytes: Bytes, with keys: KeyRing?) throws(StorageError) -> Bytes {
        guard keys?.acceptsPlain ?? true else {
            throw StorageError(.damaged, "it is not sealed, and everything has to be")
        }
        return bytes
    }
}
