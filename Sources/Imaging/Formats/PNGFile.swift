import CSPNG

/// A PNG file read by libspng. Every colour type becomes 8-bit RGB; alpha is dropped, so colours under full
/// transparency stay visible.
struct PNGFile: EncodedPicture {
    let width: Int
    let height: Int
    let orientation: Orientation
    private let isComplete: Bool
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) throws(ImagingError) {
        guard let width = bytes.bigEndian32(at: 16), let height = bytes.bigEndian32(at: 20) else {
            throw ImagingError(.truncated, "the PNG file ends inside its header")
        }
        let chunks = PNGChunks(bytes)
        self.width = width
        self.height = height
        orientation = Orientation(exif: chunks.exif)
        isComplete = chunks.isComplete
        self.bytes = bytes
    }

    func pixels(useful: Int?) throws(ImagingError) -> PixelBuffer {
        guard isComplete else { throw ImagingError(.truncated, "the PNG file ends before its picture does") }
        guard let context = spng_ctx_new(0) else { throw ImagingError(.corrupt, "libspng could not start") }
        defer { spng_ctx_free(context) }
        // Profiles and texts are not used; the limits keep compressed ones from growing.
        try check(spng_set_chunk_limits(context, 8 << 20, 16 << 20))
        try check(spng_set_png_buffer(context, bytes.baseAddress, bytes.count))
        return try PixelBuffer(width: width, height: height) { (out) throws(ImagingError) in
            try check(spng_decode_image(context, out.baseAddress, out.count, Int32(SPNG_FMT_RGB8.rawValue), 0))
            // Decoding stops at the last pixel; this goes on to the checksum behind it.
            try check(spng_decode_chunks(context))
        }
    }

    private func check(_ status: Int32) throws(ImagingError) {
        guard status != 0 else { return }
        let truncated = [SPNG_IO_EOF.rawValue, Int32(SPNG_EOF.rawValue), Int32(SPNG_EIDAT_TOO_SHORT.rawValue)]
        throw ImagingError(
            truncated.contains(status) ? .truncated : .corrupt,
            "the PNG file cannot be read: \(String(cString: spng_strerror(status)))")
    }
}

/// The chunks of a PNG file, walked by their lengths.
private struct PNGChunks {
    private(set) var exif: UnsafeRawBufferPointer?
    /// Whether the last chunk is there.
    private(set) var isComplete = false

    init(_ bytes: UnsafeRawBufferPointer) {
        var offset = 8
        while let length = bytes.bigEndian32(at: offset), let type = bytes.bigEndian32(at: offset + 4),
            let body = bytes.slice(at: offset + 8, count: length), bytes.bigEndian32(at: offset + 8 + length) != nil
        {
            switch type {
            case 0x6558_4966 where exif == nil: exif = body
            case 0x4945_4E44: isComplete = true
            default: break
            }
            guard !isComplete else { return }
            offset += length + 12
        }
    }
}
