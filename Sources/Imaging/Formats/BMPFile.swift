import CBMP

/// A BMP file read by stb_image. Run-length coded files are not supported.
struct BMPFile: EncodedPicture {
    let width: Int
    let height: Int
    let orientation = Orientation.upright
    private let bytes: UnsafeRawBufferPointer
    /// Where the rows begin.
    private let offset: Int
    private let depth: Int

    init(_ bytes: UnsafeRawBufferPointer) throws(ImagingError) {
        guard let offset = bytes.littleEndian32(at: 10), let headerSize = bytes.littleEndian32(at: 14),
            let size = Self.size(bytes, headerSize: headerSize),
            let depth = bytes.littleEndian16(at: headerSize == 12 ? 24 : 28)
        else { throw ImagingError(.truncated, "the BMP file ends inside its header") }
        width = size.width
        height = size.height
        self.offset = offset
        self.depth = depth
        self.bytes = bytes
    }

    func pixels(useful: Int?) throws(ImagingError) -> PixelBuffer {
        // stb_image takes missing rows for black.
        let rowBytes = (width * depth + 31) / 32 * 4
        guard offset + rowBytes * height <= bytes.count else {
            throw ImagingError(.truncated, "the BMP file ends before its picture does")
        }
        return try PixelBuffer(width: width, height: height) { (out) throws(ImagingError) in
            let reason = aibox_bmp_decode(
                bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, out.baseAddress, Int32(width),
                Int32(height))
            if let reason { throw Self.failure(String(cString: reason)) }
        }
    }

    private static func failure(_ reason: String) -> ImagingError {
        ImagingError(
            reason.hasPrefix("bad") || reason == "invalid" ? .corrupt : .unsupportedFormat,
            "the BMP file cannot be read: \(reason)")
    }

    /// A negative height marks rows that run from the top down.
    private static func size(_ bytes: UnsafeRawBufferPointer, headerSize: Int) -> (width: Int, height: Int)? {
        if headerSize == 12 {
            guard let width = bytes.littleEndian16(at: 18), let height = bytes.littleEndian16(at: 20) else {
                return nil
            }
            return (width, height)
        }
        guard let width = bytes.signedLittleEndian32(at: 18), let height = bytes.signedLittleEndian32(at: 22) else {
            return nil
        }
        return (width, abs(height))
    }
}
