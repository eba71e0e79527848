import CTurboJPEG
import Vision

/// Bytes of a picture that libjpeg-turbo compresses.
enum JPEGSource {
    /// Red, green, blue.
    case rgb
    /// Blue, green, red, one unused: Cairo's order on little-endian machines.
    case bgrx

    fileprivate var format: TJPF { self == .rgb ? TJPF_RGB : TJPF_BGRX }
}

extension PixelBuffer {
    /// The picture as a JPEG file.
    /// - Parameter quality: 1–100; values outside are clamped.
    public func jpeg(quality: Int = 90) throws(ImagingError) -> [UInt8] {
        try withPixels { (pixels) throws(ImagingError) in
            try compressJPEG(pixels, .rgb, width: width, height: height, quality: quality)
        }
    }
}

extension Picture {
    /// A region of the picture, rounded and clipped as `wholePixels(of:)` does it, as a JPEG file of as many pixels
    /// as are stored for it, without another copy: face crops to keep.
    /// - Parameters:
    ///   - region: pixels of the picture.
    ///   - quality: 1–100; values outside are clamped.
    public func jpeg(of region: Rectangle, quality: Int = 90) throws(ImagingError) -> [UInt8] {
        let area = storedPixels(of: wholePixels(of: region))
        return try pixels.withPixels { (all) throws(ImagingError) in
            let start = area.y * pixels.rowBytes + area.x * PixelBuffer.channels
            return try compressJPEG(
                UnsafeBufferPointer(rebasing: all[start...]), .rgb, width: area.width, height: area.height,
                rowBytes: pixels.rowBytes, quality: quality)
        }
    }
}

/// Compresses rows, 4:2:0.
/// - Parameter rowBytes: from one row to the next; 0 is rows without gaps.
func compressJPEG(
    _ pixels: UnsafeBufferPointer<UInt8>, _ source: JPEGSource, width: Int, height: Int, rowBytes: Int = 0,
    quality: Int
) throws(ImagingError) -> [UInt8] {
    guard let handle = tjInitCompress() else {
        throw ImagingError(.encodingFailed, "libjpeg-turbo could not start")
    }
    defer { tjDestroy(handle) }
    var size = tjBufSize(Int32(width), Int32(height), Int32(TJSAMP_420.rawValue))
    var status: Int32 = -1
    let file = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
        var start = buffer.baseAddress
        status = tjCompress2(
            handle, pixels.baseAddress, Int32(width), Int32(rowBytes), Int32(height), Int32(source.format.rawValue),
            &start, &size, Int32(TJSAMP_420.rawValue), Int32(min(max(quality, 1), 100)), TJFLAG_NOREALLOC)
        count = status == 0 ? Int(size) : 0
    }
    guard status == 0 else {
        throw ImagingError(
            .encodingFailed, "the picture cannot be compressed: \(String(cString: tjGetErrorStr2(handle)))")
    }
    return file
}
