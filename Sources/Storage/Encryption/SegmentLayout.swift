/// Where the bytes of a blob are when it is sealed. Pure arithmetic.
///
/// A sealed blob is an `EnvelopeHeader` and one or more segments. All but the last hold `segmentSize` bytes, the last
/// one 1 to `segmentSize`; the only segment of an empty blob holds none. Each is followed by its tag of 16 bytes.
public struct SegmentLayout: Sendable, Hashable {
    /// The size of a segment unless another is asked for: 64 KiB.
    public static let defaultExponent: UInt8 = 16
    private static let countLimit = 1 << 32

    /// Plain bytes of a full segment.
    public let segmentSize: Int
    /// Plain bytes of the blob.
    public let size: Int

    /// - Parameter size: of the plain blob; not negative.
    /// - Throws: `StorageError` `.tooLarge` beyond 2^32 segments.
    public init(size: Int, exponent: UInt8 = defaultExponent) throws(StorageError) {
        segmentSize = 1 << Int(exponent)
        self.size = size
        guard size / segmentSize < Self.countLimit else {
            throw StorageError(.tooLarge, "a blob of \(size) bytes; \(Self.countLimit) segments are the most")
        }
    }

    /// - Parameter sealedSize: bytes of the sealed blob with its header.
    /// - Throws: `StorageError` `.damaged` for a size that no sealed blob has.
    init(sealedSize: Int, exponent: UInt8) throws(StorageError) {
        let (full, tag) = (1 << Int(exponent) + DataKey.tagSize, DataKey.tagSize)
        let body = sealedSize - EnvelopeHeader.size
        let last = body % full
        guard body >= tag, last == 0 || last > tag || body == tag else {
            throw StorageError(.damaged, "a sealed blob is cut off at \(sealedSize) bytes")
        }
        try self.init(size: body - (body + full - 1) / full * tag, exponent: exponent)
    }

    /// Segments.
    public var count: Int { max(1, (size + segmentSize - 1) / segmentSize) }

    /// Bytes of the sealed blob with its header.
    public var sealedSize: Int { EnvelopeHeader.size + size + count * DataKey.tagSize }

    /// The segments that hold `range`, which lies within the blob.
    public func segments(of range: Range<Int>) -> Range<Int> {
        range.isEmpty ? 0..<0 : range.lowerBound / segmentSize..<(range.upperBound - 1) / segmentSize + 1
    }

    /// The bytes of the sealed blob that are needed to read `range` of the plain one: whole segments.
    public func sealedRange(of range: Range<Int>) -> Range<Int> {
        let segments = segments(of: range)
        guard let last = segments.last else { return EnvelopeHeader.size..<EnvelopeHeader.size }
        return sealedRange(ofSegment: segments.lowerBound).lowerBound..<sealedRange(ofSegment: last).upperBound
    }

    func plainRange(ofSegment index: Int) -> Range<Int> {
        index * segmentSize..<min((index + 1) * segmentSize, size)
    }

    func sealedRange(ofSegment index: Int) -> Range<Int> {
        let plain = plainRange(ofSegment: index)
        let start = EnvelopeHeader.size + plain.lowerBound + index * DataKey.tagSize
        return start..<start + plain.count + DataKey.tagSize
    }
}
