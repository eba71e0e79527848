/// The first 56 bytes of everything that is sealed.
///
/// | offset | bytes | |
/// |---|---|---|
/// | 0 | 6 | magic: C1 41 49 42 58 45 (C1 and "AIBXE"; C1 is in no UTF-8 text, and begins no picture) |
/// | 6 | 1 | version: 1 |
/// | 7 | 1 | layout: 0 for one message, n from 12 to 20 for segments of 2^n bytes |
/// | 8 | 8 | name of the key that the data key is wrapped under (`KeyID`), big endian |
/// | 16 | 40 | the data key, wrapped with AES Key Wrap (RFC 3394) under the key derived for envelopes (`WrappingKey`) |
/// | 56 | … | one message (`SealedValue`), or segments (`SegmentLayout`) |
///
/// Each message and each blob has a data key of its own, random and of 256 bits, used with AES-256-GCM. The nonces of one
/// data key are (`DataKey`): seven zero bytes, the number of the segment in four (big endian), 1 for the last segment
/// and 0 for others. No number is used twice, and no key for a second message, so that **no nonce is ever used twice
/// with the same key**, without a random nonce that could collide. This is the construction STREAM (Hoang,
/// Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance, CRYPTO 2015)
/// with an empty prefix, which a fresh key allows.
///
/// Authenticated with every segment are the first 8 bytes of the header and the `SealContext`. The rest of the header
/// may change when keys are rotated; a data key that was altered does not unwrap, and one that was taken from another
/// header does not open a segment.
public struct EnvelopeHeader: Sendable, Hashable {
    public enum Layout: Sendable, Hashable {
        case message
        /// Segments of two to this power bytes.
        case segments(exponent: UInt8)

        /// Of two; a reader holds one segment in memory.
        static let exponents: ClosedRange<UInt8> = 12...20
    }

    /// Bytes.
    public static let size = 56
    /// How many bytes at the start tell sealed from plain.
    static let magic: [UInt8] = [0xC1] + Array("AIBXE".utf8)
    private static let version: UInt8 = 1

    public let layout: Layout
    public let keyID: KeyID
    let wrappedKey: [UInt8]

    init(layout: Layout, keyID: KeyID, wrappedKey: [UInt8]) {
        (self.layout, self.keyID, self.wrappedKey) = (layout, keyID, wrappedKey)
    }

    /// Reads a header from the first bytes of something sealed; more may follow.
    ///
    /// - Throws: `StorageError` `.damaged`; `.invalid` when a later version of this program has sealed it.
    public init(_ bytes: some Collection<UInt8>) throws(StorageError) {
        let bytes = Array(bytes.prefix(Self.size))
        guard bytes.count == Self.size, bytes.starts(with: Self.magic) else {
            throw StorageError(.damaged, "not sealed, or cut off within its header")
        }
        guard bytes[6] == Self.version else {
            throw StorageError(
                .invalid, "sealed in version \(bytes[6]) of the format; this program knows \(Self.version)")
        }
        switch bytes[7] {
        case 0: layout = .message
        case let exponent where Layout.exponents.contains(exponent): layout = .segments(exponent: exponent)
        default: throw StorageError(.damaged, "no layout of something sealed: \(bytes[7])")
        }
        keyID = KeyID(UInt64(bigEndianBytes: bytes[8..<16]))
        wrappedKey = Array(bytes[16...])
    }

    public var bytes: [UInt8] { authenticated + keyID.number.bigEndianBytes + wrappedKey }

    /// What never changes of the header.
    var authenticated: [UInt8] {
        switch layout {
        case .message: Self.magic + [Self.version, 0]
        case .segments(let exponent): Self.magic + [Self.version, exponent]
        }
    }

    /// Whether these are the first bytes of something sealed, as far as they go; `false` for no bytes.
    static func begins(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.prefix(magic.count).elementsEqual(magic.prefix(bytes.count))
    }
}
