import NIOCore

/// The segments of a sealed blob that hold a range, into the bytes of that range.
struct SegmentRangeOpening: SegmentTransform {
    private let blob: SealedBlob
    private let range: Range<Int>
    /// Those that are still to come.
    private var segments: Range<Int>
    private var input = SegmentInput()

    /// - Parameter range: within the plain blob. What is pushed are the bytes at `layout.sealedRange(of: range)`.
    init(_ blob: SealedBlob, _ range: Range<Int>) {
        (self.blob, self.range) = (blob, range)
        segments = blob.layout.segments(of: range)
    }

    mutating func push(_ bytes: ByteBuffer) { input.push(bytes) }

    mutating func next() throws(StorageError) -> ByteBuffer? {
        guard let index = segments.first,
            let sealed = input.whole(blob.layout.sealedRange(ofSegment: index).count)
        else { return nil }
        segments = segments.dropFirst()
        return try blob.open(blob.layout.plainRange(ofSegment: index).clamped(to: range), from: sealed)
    }

    mutating func finish() throws(StorageError) -> ByteBuffer? {
        guard segments.isEmpty else { throw StorageError(.damaged, "a sealed blob is cut off") }
        return nil
    }
}
