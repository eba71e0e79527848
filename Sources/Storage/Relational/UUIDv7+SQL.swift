import AIBoxAPI

extension UUIDv7: SQLConvertible {
    public var sqlValue: SQLValue { .bytes(bytes) }

    public init?(sqlValue: SQLValue) {
        guard case .bytes(let bytes) = sqlValue else { return nil }
        self.init(bytes: bytes)
    }

    /// The 16 bytes in network order, which compare as the identifiers do.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { bytes, count in
            for index in 0..<8 {
                bytes[index] = UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * index))
                bytes[index + 8] = UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * index))
            }
            count = 16
        }
    }

    /// `nil` unless there are 16 bytes with the version and variant of RFC 9562, version 7.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var words: (high: UInt64, low: UInt64) = (0, 0)
        for byte in bytes.prefix(8) { words.high = words.high << 8 | UInt64(byte) }
        for byte in bytes.dropFirst(8) { words.low = words.low << 8 | UInt64(byte) }
        self.init(high: words.high, low: words.low)
    }
}
