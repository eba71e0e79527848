import Foundation

/// A time-ordered identifier (RFC 9562, version 7), written as 36 lower-case characters.
///
/// Within one process two identifiers made one after the other compare in that order: the 12 bits behind the
/// millisecond carry a fraction of it, and a repeated value is stepped.
public struct UUIDv7: Hashable, Sendable, Comparable, Codable, LosslessStringConvertible {
    /// The first eight bytes, big-endian.
    public let high: UInt64
    /// The last eight bytes, big-endian.
    public let low: UInt64

    /// A new identifier for now.
    public init() {
        high = UUIDv7Clock.shared.next()
        low = UInt64.random(in: .min ... .max) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// Reads the canonical form (any case); `nil` for anything else, other UUID versions included.
    public init?(_ description: String) {
        guard let uuid = UUID(uuidString: description) else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        withUnsafeBytes(of: uuid.uuid) { bytes in
            for index in 0..<8 { high = high << 8 | UInt64(bytes[index]) }
            for index in 8..<16 { low = low << 8 | UInt64(bytes[index]) }
        }
        self.init(high: high, low: low)
    }

    /// `nil` for other UUID versions and variants.
    public init?(high: UInt64, low: UInt64) {
        guard high >> 12 & 0xF == 7, low >> 62 == 2 else { return nil }
        self.high = high
        self.low = low
    }

    /// Milliseconds since 1970 at which the identifier was made.
    public var milliseconds: Int64 { Int64(high >> 16) }

    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: 36) { text in
            var position = 0
            for index in 0..<16 {
                let word = index < 8 ? high : low
                let byte = UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * (index % 8)))
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    text[position] = UInt8(ascii: "-")
                    position += 1
                }
                text[position] = digits[Int(byte >> 4)]
                text[position + 1] = digits[Int(byte & 0xF)]
                position += 2
            }
            return 36
        }
    }

    public static func < (left: UUIDv7, right: UUIDv7) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = UUIDv7(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a UUIDv7: \(text)")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Hands out the upper 64 bits: 48 bits of milliseconds, the version, 12 bits of a millisecond's fraction.
private final class UUIDv7Clock: @unchecked Sendable {  // safe: `last` is only touched under `lock`
    static let shared = UUIDv7Clock()
    private let lock = NSLock()
    private var last: UInt64 = 0

    func next() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let milliseconds = UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
        let fraction = (UInt64(time.tv_nsec) % 1_000_000) << 12 / 1_000_000
        return lock.withLock {
            // 60 significant bits: a step past the fraction carries into the millisecond.
            last = max(milliseconds << 12 | fraction, last + 1)
            return (last >> 12) << 16 | 0x7000 | last & 0xFFF
        }
    }
}
