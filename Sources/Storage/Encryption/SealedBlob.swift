import NIOCore
import NIOFoundationCompat

/// A blob that was sealed in segments, of which any range can be read: only the segments that hold it are opened.
///
/// Reordered, swapped and altered segments are refused, and so is a blob that was cut off, as soon as a range touches
/// what is then its last segment. A range before that does not show that the end is missing; who must know reads to the
/// end (`opened`), or compares `layout.size` with the size in its own records.
public struct SealedBlob: Sendable {
    public let layout: SegmentLayout
    private let key: DataKey

    /// - Parameters:
    ///   - head: the first `EnvelopeHeader.size` bytes of the sealed blob; more may follow.
    ///   - sealedSize: bytes of the sealed blob with its header.
    /// - Throws: `StorageError` `.denied` when its key is missing, `.damaged`.
    public init(
        head: some Collection<UInt8>, sealedSize: Int, _ context: SealContext, with keys: KeyRing
    ) throws(StorageError) {
        let header = try EnvelopeHeader(head)
        guard case .segments(let exponent) = header.layout else {
            throw StorageError(.damaged, "a sealed blob is expected, not a value")
        }
        layout = try SegmentLayout(sealedSize: sealedSize, exponent: exponent)
        key = try DataKey(header, context, with: keys)
    }

    /// The bytes at `range` of the plain blob.
    ///
    /// - Parameter segments: the bytes at `layout.sealedRange(of: range)` of the sealed blob.
    /// - Throws: `StorageError` `.invalid` for a range or bytes that do not fit, `.damaged`.
    public func open(_ range: Range<Int>, from segments: ByteBuffer) throws(StorageError) -> ByteBuffer {
        guard range.lowerBound >= 0, range.upperBound <= layout.size else {
            throw StorageError(.invalid, "bytes \(range) of a blob that has \(layout.size)")
        }
        guard segments.readableBytes == layout.sealedRange(of: range).count else {
            throw StorageError(.damaged, "a sealed blob is cut off")
        }
        var rest = segments
        var plain = ByteBufferAllocator().buffer(capacity: range.count)
        for index in layout.segments(of: range) {
            guard let sealed = rest.readSlice(length: layout.sealedRange(ofSegment: index).count) else { break }
            let bytes = try key.open(
                sealed.readableBytesView, segment: UInt32(index), isLast: index == layout.count - 1)
            let place = layout.plainRange(ofSegment: index)
            let wanted = place.clamped(to: range)
            plain.writeBytes(bytes.dropFirst(wanted.lowerBound - place.lowerBound).prefix(wanted.count))
        }
        return plain
    }
}

extension SealedBlob {
    /// A blob that is in memory as a sealed one.
    ///
    /// - Parameter keys: `nil`: no key is configured, and the bytes stay plain.
    /// - Throws: `StorageError` `.invalid` for plain bytes that look sealed and so could not be read again.
    public static func seal(
        _ plain: ByteBuffer, _ context: SealContext, with keys: KeyRing?
    ) throws(StorageError) -> ByteBuffer {
        guard let keys else { return try run(PlainPassing(), on: plain) }
        return try run(BlobSealing(context, with: keys, exponent: SegmentLayout.defaultExponent), on: plain)
    }

    /// The whole of a sealed blob that is in memory. Plain bytes stay as they are, unless `keys` refuses them.
    ///
    /// - Throws: `StorageError` `.denied` when its key is missing, `.damaged`.
    public static func open(
        _ sealed: ByteBuffer, _ context: SealContext, with keys: KeyRing?
    ) throws(StorageError) -> ByteBuffer {
        try run(BlobOpening(context, with: keys), on: sealed)
    }

    private static func run(
        _ transform: some SegmentTransform, on bytes: ByteBuffer
    ) throws(StorageError) -> ByteBuffer {
        var (transform, result) = (transform, ByteBufferAllocator().buffer(capacity: bytes.readableBytes))
        transform.push(bytes)
        while let piece = try transform.next() { result.writeImmutableBuffer(piece) }
        if let last = try transform.finish() { result.writeImmutableBuffer(last) }
        return result
    }
}
