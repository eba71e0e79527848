/// The keys that open what is sealed, newest first. The first one seals.
///
/// Rotating a key is to put a new one in front. What is sealed stays as it is and opens with the older key; only headers
/// of 56 bytes are wrapped anew (`rewrapped`), when it suits. A key may go when no header names it (`keyIDs`).
public struct KeyRing: Sendable {
    /// More than anybody rotates before the older ones are retired.
    public static let limit = 64

    public let keys: [WrappingKey]
    /// Whether what does not look sealed is taken for plain bytes from the time before there was a key. Turn it off once
    /// everything is sealed: until then whoever can write to the store can put plain bytes in place of sealed ones.
    public let acceptsPlain: Bool

    /// - Throws: `StorageError` `.invalid` for no key, too many, or one twice.
    public init(_ keys: [WrappingKey], acceptingPlain acceptsPlain: Bool = false) throws(StorageError) {
        guard !keys.isEmpty, keys.count <= Self.limit else {
            throw StorageError(.invalid, "1 to \(Self.limit) keys are needed; there are \(keys.count)")
        }
        var names: Set<KeyID> = []
        for key in keys where !names.insert(key.id).inserted {
            throw StorageError(.invalid, "key \(key.id) is there twice")
        }
        (self.keys, self.acceptsPlain) = (keys, acceptsPlain)
    }

    /// A ring of one key.
    public init(_ key: WrappingKey, acceptingPlain acceptsPlain: Bool = false) {
        (keys, self.acceptsPlain) = ([key], acceptsPlain)
    }

    /// The key that seals.
    public var current: WrappingKey { keys[0] }

    /// - Throws: `StorageError` `.denied` naming the key that is wanted.
    public func key(_ id: KeyID) throws(StorageError) -> WrappingKey {
        guard let key = keys.first(where: { $0.id == id }) else {
            throw StorageError(
                .denied,
                "key \(id) is needed and not among those given (\(keys.map(\.id.description).joined(separator: ", ")))")
        }
        return key
    }

    /// The ring with a new current key.
    public func rotated(to key: WrappingKey) throws(StorageError) -> KeyRing {
        try KeyRing([key] + keys, acceptingPlain: acceptsPlain)
    }

    /// The ring without one key; what only that one opens is lost.
    ///
    /// - Throws: `StorageError` `.invalid` for the current key.
    public func retiring(_ id: KeyID) throws(StorageError) -> KeyRing {
        guard id != current.id else { throw StorageError(.invalid, "key \(id) is in use: rotate to another one first") }
        return try KeyRing(keys.filter { $0.id != id }, acceptingPlain: acceptsPlain)
    }

    /// The header with its data key wrapped under the current key; what it heads stays as it is. `nil` when it is already.
    ///
    /// - Throws: `StorageError` `.denied` when the key it names is missing, `.damaged`.
    public func rewrapped(_ header: EnvelopeHeader) throws(StorageError) -> EnvelopeHeader? {
        guard header.keyID != current.id else { return nil }
        let dataKey = try key(header.keyID).unwrap(header.wrappedKey)
        return EnvelopeHeader(
            layout: header.layout, keyID: current.id, wrappedKey: try current.wrap(dataKey))
    }

    /// How many of these headers each key is needed for. A key that is not among them can be retired.
    public static func keyIDs(of headers: some Sequence<EnvelopeHeader>) -> [KeyID: Int] {
        headers.reduce(into: [:]) { $0[$1.keyID, default: 0] += 1 }
    }
}
