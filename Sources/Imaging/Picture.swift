import Vision

/// A decoded picture. Its pixels may be fewer than its size says: a JPEG can be decoded at a fraction when nothing
/// needs more. Every coordinate that goes in or out is in pixels of the size.
public struct Picture: Sendable {
    public let pixels: PixelBuffer
    /// As displayed: full size, orientation applied.
    public let width: Int
    /// As displayed: full size, orientation applied.
    public let height: Int

    /// A picture as large as its pixels.
    public init(_ pixels: PixelBuffer) {
        self.init(pixels: pixels, width: pixels.width, height: pixels.height)
    }

    init(pixels: PixelBuffer, width: Int, height: Int) {
        self.pixels = pixels
        self.width = width
        self.height = height
    }

    /// Stored pixels per displayed pixel.
    var ratioX: Double { Double(pixels.width) / Double(width) }
    var ratioY: Double { Double(pixels.height) / Double(height) }
}

/// What a file says about its picture, read without decoding.
public struct PictureHeader: Hashable, Sendable {
    public let format: PictureFormat
    /// As displayed.
    public let width: Int
    /// As displayed.
    public let height: Int
}
