/// An upright picture as interleaved 8-bit RGB, top row first, rows without gaps. Owns its memory, is written only
/// while it is made, and is freed with its last reference.
public final class PixelBuffer: @unchecked Sendable {  // safe: the memory never changes after init
    /// Bytes of one pixel.
    public static let channels = 3
    /// Readable bytes behind the last pixel, so that a kernel may read the right neighbour of any pixel.
    static let slack = 8

    public let width: Int
    public let height: Int
    let base: UnsafeMutablePointer<UInt8>

    /// Bytes from one row to the next.
    public var rowBytes: Int { width * Self.channels }
    public var byteCount: Int { rowBytes * height }

    /// A picture of `width` × `height`, both at least 1. The memory given to `fill` is uninitialised; `fill` writes
    /// all of it.
    public init<Failure: Error>(
        width: Int, height: Int, fill: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(width > 0 && height > 0, "a picture has pixels")
        let count = width * height * Self.channels
        let base = UnsafeMutablePointer<UInt8>.allocate(capacity: count + Self.slack)
        do throws(Failure) {
            try fill(UnsafeMutableBufferPointer(start: base, count: count))
        } catch {
            base.deallocate()
            throw error
        }
        (base + count).initialize(repeating: 0, count: Self.slack)
        self.width = width
        self.height = height
        self.base = base
    }

    deinit { base.deallocate() }

    /// Lends the pixels, `byteCount` bytes.
    public func withPixels<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeBufferPointer(start: base, count: byteCount))
    }
}
