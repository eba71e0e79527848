/// Reads JPEG, PNG, WebP, BMP, GIF, HEIC and AVIF into upright RGB. Of an animation the first frame is read;
/// transparency and colour profiles are dropped, so a picture with an empty alpha channel shows what its colours show.
public struct PictureDecoder: Sendable {
    public var limits: DecodeLimits

    public init(limits: DecodeLimits = DecodeLimits()) {
        self.limits = limits
    }

    /// Format and displayed size, without decoding.
    /// - Throws: `ImagingError`, also when the size is beyond the limits.
    public func header(_ bytes: UnsafeRawBufferPointer) throws(ImagingError) -> PictureHeader {
        let (format, file) = try open(bytes)
        let size = file.displayedSize
        return PictureHeader(format: format, width: size.width, height: size.height)
    }

    /// Decodes a picture. Blocking, about 10 ms for a full-HD JPEG.
    /// - Parameter useful: the longer side that the caller still needs; a JPEG is then decoded at ½, ¼ or ⅛ when
    ///   that leaves at least so much, and the picture holds fewer pixels than its size says. `nil` decodes all.
    public func decode(_ bytes: UnsafeRawBufferPointer, useful: Int? = nil) throws(ImagingError) -> Picture {
        let (_, file) = try open(bytes)
        let pixels = try file.pixels(useful: useful).oriented(file.orientation)
        let size = file.displayedSize
        return Picture(pixels: pixels, width: size.width, height: size.height)
    }

    private func open(
        _ bytes: UnsafeRawBufferPointer
    ) throws(ImagingError) -> (PictureFormat, any EncodedPicture) {
        guard !bytes.isEmpty else { throw ImagingError(.emptyInput, "the picture has no bytes") }
        guard let format = PictureFormat.sniff(bytes) else {
            throw ImagingError(
                .unknownFormat, "the content is no known picture format",
                remedy: "send JPEG, PNG, WebP, BMP, GIF, HEIC or AVIF")
        }
        let file = try format.read(bytes, limits)
        try limits.check(width: file.width, height: file.height)
        return (format, file)
    }
}

/// A file whose header has been read. Borrows the bytes it was made from.
protocol EncodedPicture {
    /// As stored, before orientation.
    var width: Int { get }
    var height: Int { get }
    var orientation: Orientation { get }

    /// The first frame as stored. `useful` as in `PictureDecoder.decode`.
    func pixels(useful: Int?) throws(ImagingError) -> PixelBuffer
}

extension EncodedPicture {
    var displayedSize: (width: Int, height: Int) {
        orientation.swapsSides ? (height, width) : (width, height)
    }
}

extension PictureFormat {
    fileprivate func read(
        _ bytes: UnsafeRawBufferPointer, _ limits: DecodeLimits
    ) throws(ImagingError) -> any EncodedPicture {
        switch self {
        case .jpeg: try JPEGFile(bytes)
        case .png: try PNGFile(bytes)
        case .webp: try WebPFile(bytes)
        case .bmp: try BMPFile(bytes)
        case .gif: try GIFFile(bytes)
        case .heic, .avif: try HEIFFile(bytes, limits)
        }
    }
}
