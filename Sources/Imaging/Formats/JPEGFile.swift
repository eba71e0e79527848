import CTurboJPEG

/// A JPEG file read by libjpeg-turbo.
struct JPEGFile: EncodedPicture {
    let width: Int
    let height: Int
    let orientation: Orientation
    private let components: Int
    private let isComplete: Bool
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) throws(ImagingError) {
        let markers = try JPEGMarkers(bytes)
        width = markers.width
        height = markers.height
        components = markers.components
        isComplete = markers.isComplete
        orientation = Orientation(exif: markers.exif)
        self.bytes = bytes
    }

    func pixels(useful: Int?) throws(ImagingError) -> PixelBuffer {
        guard isComplete else { throw ImagingError(.truncated, "the JPEG file ends before its picture does") }
        let decompressor = try JPEGDecompressor()
        try decompressor.check(bytes, width: width, height: height)
        let shrink = shrink(useful: useful)
        let width = (width + shrink - 1) / shrink
        let height = (height + shrink - 1) / shrink
        let inked = components == 4
        return try PixelBuffer(width: width, height: height) { (out) throws(ImagingError) in
            guard inked else {
                return try decompressor.decode(bytes, to: out, width: width, height: height, TJPF_RGB)
            }
            let inks = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: width * height * 4)
            defer { inks.deallocate() }
            try decompressor.decode(bytes, to: inks, width: width, height: height, TJPF_CMYK)
            mixInks(inks, into: out)
        }
    }

    /// The largest power of two that leaves the longer side useful. Smaller steps save little time.
    private func shrink(useful: Int?) -> Int {
        guard let useful else { return 1 }
        return [8, 4, 2].first { (max(width, height) + $0 - 1) / $0 >= useful } ?? 1
    }

    /// Four inks to RGB. JPEG files store inks inverted (255 is no ink): Adobe began it, and readers at large
    /// assume it with and without Adobe's marker.
    private func mixInks(_ inks: UnsafeMutableBufferPointer<UInt8>, into out: UnsafeMutableBufferPointer<UInt8>) {
        for pixel in 0..<out.count / 3 {
            let black = UInt32(inks[pixel * 4 + 3])
            for channel in 0..<3 {
                let product = UInt32(inks[pixel * 4 + channel]) * black
                out[pixel * 3 + channel] = UInt8((product + 127) / 255)
            }
        }
    }
}

/// Owns one TurboJPEG instance; making one takes microseconds.
private final class JPEGDecompressor {
    private let handle: tjhandle

    init() throws(ImagingError) {
        guard let handle = tjInitDecompress() else {
            throw ImagingError(.corrupt, "libjpeg-turbo could not start")
        }
        self.handle = handle
    }

    deinit { tjDestroy(handle) }

    /// Makes sure that the library sees the size that was read from the markers: the output is made for it.
    func check(_ bytes: UnsafeRawBufferPointer, width: Int, height: Int) throws(ImagingError) {
        var seen = (width: Int32(0), height: Int32(0), subsampling: Int32(0), colours: Int32(-1))
        let status = tjDecompressHeader3(
            handle, bytes.bindMemory(to: UInt8.self).baseAddress, UInt(bytes.count), &seen.width, &seen.height,
            &seen.subsampling, &seen.colours)
        // Rare subsamplings make this call fail after it has read everything; decoding handles them.
        guard status == 0 || seen.colours >= 0 else { throw failure() }
        guard seen.width == width, seen.height == height else {
            throw ImagingError(.corrupt, "the JPEG file names two sizes")
        }
    }

    func decode(
        _ bytes: UnsafeRawBufferPointer, to out: UnsafeMutableBufferPointer<UInt8>, width: Int, height: Int,
        _ format: TJPF
    ) throws(ImagingError) {
        let status = tjDecompress2(
            handle, bytes.bindMemory(to: UInt8.self).baseAddress, UInt(bytes.count), out.baseAddress, Int32(width),
            0, Int32(height), Int32(format.rawValue), TJFLAG_LIMITSCANS)
        guard status != 0 else { return }
        let failure = failure()
        // A warning leaves a whole picture, except where data ran out.
        guard tjGetErrorCode(handle) == TJERR_WARNING.rawValue, failure.code != .truncated else { throw failure }
    }

    private func failure() -> ImagingError {
        let message = String(cString: tjGetErrorStr2(handle))
        let lowered = message.lowercased()
        let code: ImagingError.Code =
            if lowered.contains("premature end") {
                .truncated
            } else if lowered.contains("support") || lowered.contains("could not determine") {
                .unsupportedFormat
            } else {
                .corrupt
            }
        return ImagingError(code, "the JPEG file cannot be read: \(message)")
    }
}
