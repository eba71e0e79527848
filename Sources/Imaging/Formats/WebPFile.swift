import CWebP

/// A WebP file read by libwebp. Alpha is dropped; of an animation the first frame is read, on the canvas's
/// background.
final class WebPFile: EncodedPicture {
    let width: Int
    let height: Int
    let orientation: Orientation
    private let isComplete: Bool
    private let demuxer: OpaquePointer

    init(_ bytes: UnsafeRawBufferPointer) throws(ImagingError) {
        var data = WebPData(bytes: bytes.bindMemory(to: UInt8.self).baseAddress, size: bytes.count)
        var state = WEBP_DEMUX_PARSE_ERROR
        guard let demuxer = WebPDemuxPartial(&data, &state) else {
            throw state == WEBP_DEMUX_PARSE_ERROR ? Self.corrupt : Self.truncated
        }
        guard state != WEBP_DEMUX_PARSING_HEADER else {
            WebPDemuxDelete(demuxer)
            throw Self.truncated
        }
        self.demuxer = demuxer
        width = Int(WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH))
        height = Int(WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT))
        orientation = Self.orientation(demuxer)
        isComplete = state == WEBP_DEMUX_DONE
    }

    deinit { WebPDemuxDelete(demuxer) }

    func pixels(useful: Int?) throws(ImagingError) -> PixelBuffer {
        guard isComplete else { throw Self.truncated }
        var frame = WebPIterator()
        guard WebPDemuxGetFrame(demuxer, 1, &frame) != 0 else { throw Self.corrupt }
        defer { WebPDemuxReleaseIterator(&frame) }
        let area = try area(frame)
        return try PixelBuffer(width: width, height: height) { (out) throws(ImagingError) in
            if area.count < out.count { fillBackground(out) }
            try decode(frame.fragment, into: UnsafeMutableBufferPointer(rebasing: out[area.start...]))
        }
    }

    /// Where a frame's first pixel lies in the canvas, and how many bytes it covers.
    private func area(_ frame: WebPIterator) throws(ImagingError) -> (start: Int, count: Int) {
        let left = Int(frame.x_offset)
        let top = Int(frame.y_offset)
        let across = Int(frame.width)
        let down = Int(frame.height)
        guard left >= 0, top >= 0, across > 0, down > 0, left + across <= width, top + down <= height else {
            throw Self.corrupt
        }
        return ((top * width + left) * PixelBuffer.channels, across * down * PixelBuffer.channels)
    }

    private func decode(_ fragment: WebPData, into out: UnsafeMutableBufferPointer<UInt8>) throws(ImagingError) {
        var options = WebPDecoderConfig()
        guard WebPInitDecoderConfig(&options) != 0 else { throw Self.corrupt }
        options.output.colorspace = MODE_RGB
        options.output.is_external_memory = 1
        options.output.u.RGBA = WebPRGBABuffer(
            rgba: out.baseAddress, stride: Int32(width * PixelBuffer.channels), size: out.count)
        switch WebPDecode(fragment.bytes, fragment.size, &options) {
        case VP8_STATUS_OK: return
        case VP8_STATUS_NOT_ENOUGH_DATA, VP8_STATUS_SUSPENDED: throw Self.truncated
        default: throw Self.corrupt
        }
    }

    private func fillBackground(_ out: UnsafeMutableBufferPointer<UInt8>) {
        // Stored as blue, green, red, alpha from the lowest address on.
        let colour = WebPDemuxGetI(demuxer, WEBP_FF_BACKGROUND_COLOR)
        for offset in out.indices {
            out[offset] = UInt8(truncatingIfNeeded: colour >> (8 * UInt32(2 - offset % 3)))
        }
    }

    private static func orientation(_ demuxer: OpaquePointer) -> Orientation {
        var chunk = WebPChunkIterator()
        guard WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk) != 0 else { return .upright }
        defer { WebPDemuxReleaseChunkIterator(&chunk) }
        return Orientation(exif: UnsafeRawBufferPointer(start: chunk.chunk.bytes, count: chunk.chunk.size))
    }

    private static var truncated: ImagingError {
        ImagingError(.truncated, "the WebP file ends before its picture does")
    }

    private static var corrupt: ImagingError { ImagingError(.corrupt, "the WebP file cannot be read") }
}
