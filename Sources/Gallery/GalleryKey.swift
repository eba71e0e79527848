/// 16 bytes that name a template or a person, as a UUID does.
public struct GalleryKey: Hashable, Comparable, BitwiseCopyable, Sendable {
    /// The first eight bytes, big-endian.
    public let high: UInt64
    /// The last eight bytes, big-endian.
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The order of the bytes.
    public static func < (left: GalleryKey, right: GalleryKey) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
