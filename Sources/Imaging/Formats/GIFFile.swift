import CGIF

/// A GIF file whose first frame is read by giflib; what follows that frame is not touched.
struct GIFFile: EncodedPicture {
    let width: Int
    let height: Int
    let orientation = Orientation.upright
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) throws(ImagingError) {
        guard let width = bytes.littleEndian16(at: 6), let height = bytes.littleEndian16(at: 8) else {
            throw ImagingError(.truncated, "the GIF file ends inside its header")
        }
        self.width = width
        self.height = height
        self.bytes = bytes
    }

    func pixels(useful: Int?) throws(ImagingError) -> PixelBuffer {
        var source = GIFSource(bytes)
        return try withUnsafeMutablePointer(to: &source) { (source) throws(ImagingError) in
            let stream = try GIFStream(source)
            try stream.seekFirstFrame()
            return try PixelBuffer(width: width, height: height) { (out) throws(ImagingError) in
                try stream.readFrame(into: out, width: width, height: height)
            }
        }
    }
}

/// Bytes that giflib has not read yet.
private struct GIFSource {
    private var rest: UnsafeRawBufferPointer.SubSequence
    /// Whether more was asked for than there is.
    private(set) var ranOut = false

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

    mutating func read(into target: UnsafeMutableBufferPointer<UInt8>) -> Int32 {
        let taken = rest.prefix(target.count)
        UnsafeMutableRawBufferPointer(target).copyBytes(from: taken)
        rest = rest.dropFirst(taken.count)
        ranOut = ranOut || taken.count < target.count
        return Int32(taken.count)
    }
}

/// Owns one giflib reader.
private final class GIFStream {
    private let file: UnsafeMutablePointer<GifFileType>
    private let source: UnsafeMutablePointer<GIFSource>

    /// - Parameter source: must outlive the stream.
    init(_ source: UnsafeMutablePointer<GIFSource>) throws(ImagingError) {
        var status: Int32 = 0
        let read: InputFunc = { file, target, count in
            guard let source = file?.pointee.UserData?.assumingMemoryBound(to: GIFSource.self) else { return 0 }
            return source.pointee.read(into: UnsafeMutableBufferPointer(start: target, count: Int(count)))
        }
        guard let file = DGifOpen(source, read, &status) else { throw Self.failure(status, source) }
        self.file = file
        self.source = source
    }

    deinit { DGifCloseFile(file, nil) }

    /// Skips extensions and stops behind the first frame's descriptor.
    func seekFirstFrame() throws(ImagingError) {
        var record = UNDEFINED_RECORD_TYPE
        while true {
            try check(DGifGetRecordType(file, &record))
            switch record {
            case IMAGE_DESC_RECORD_TYPE: return try check(DGifGetImageHeader(file))
            case EXTENSION_RECORD_TYPE: try skipExtension()
            default: throw ImagingError(.corrupt, "the GIF file holds no picture")
            }
        }
    }

    private func skipExtension() throws(ImagingError) {
        var code: Int32 = 0
        var block: UnsafeMutablePointer<UInt8>?
        try check(DGifGetExtension(file, &code, &block))
        while block != nil { try check(DGifGetExtensionNext(file, &block)) }
    }

    /// Draws the frame onto a canvas of the background colour. Transparent pixels keep their palette colour.
    func readFrame(into out: UnsafeMutableBufferPointer<UInt8>, width: Int, height: Int) throws(ImagingError) {
        let frame = file.pointee.Image
        let (left, top, across, down) = (Int(frame.Left), Int(frame.Top), Int(frame.Width), Int(frame.Height))
        guard across > 0, down > 0, left + across <= width, top + down <= height else {
            throw ImagingError(.corrupt, "the GIF file's first frame lies outside its canvas")
        }
        let palette = try palette()
        if across < width || down < height { fill(out, with: background()) }
        var line = [UInt8](repeating: 0, count: across)
        for row in Self.rows(count: down, interlaced: frame.Interlace) {
            try check(DGifGetLine(file, &line, Int32(across)))
            var offset = ((top + row) * width + left) * PixelBuffer.channels
            for index in line {
                let colour = palette[Int(index)]
                out[offset] = colour.Red
                out[offset + 1] = colour.Green
                out[offset + 2] = colour.Blue
                offset += PixelBuffer.channels
            }
        }
    }

    /// 256 colours; those that the file does not define are black.
    private func palette() throws(ImagingError) -> [GifColorType] {
        guard let map = file.pointee.Image.ColorMap ?? file.pointee.SColorMap else {
            throw ImagingError(.corrupt, "the GIF file has no palette")
        }
        var colours = [GifColorType](repeating: GifColorType(), count: 256)
        for index in 0..<min(256, Int(map.pointee.ColorCount)) { colours[index] = map.pointee.Colors[index] }
        return colours
    }

    private func background() -> GifColorType {
        let index = Int(file.pointee.SBackGroundColor)
        guard let map = file.pointee.SColorMap, index >= 0, index < Int(map.pointee.ColorCount) else {
            return GifColorType()
        }
        return map.pointee.Colors[index]
    }

    private func fill(_ out: UnsafeMutableBufferPointer<UInt8>, with colour: GifColorType) {
        for offset in stride(from: 0, to: out.count, by: PixelBuffer.channels) {
            out[offset] = colour.Red
            out[offset + 1] = colour.Green
            out[offset + 2] = colour.Blue
        }
    }

    /// The order in which rows are stored.
    private static func rows(count: Int, interlaced: Bool) -> [Int] {
        guard interlaced else { return Array(0..<count) }
        return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { Array(stride(from: $0.0, to: count, by: $0.1)) }
    }

    private func check(_ status: Int32) throws(ImagingError) {
        guard status != GIF_OK else { return }
        throw Self.failure(file.pointee.Error, source)
    }

    /// giflib reports a missing end in several ways.
    private static func failure(_ status: Int32, _ source: UnsafeMutablePointer<GIFSource>) -> ImagingError {
        guard !source.pointee.ranOut else {
            return ImagingError(.truncated, "the GIF file ends before its picture does")
        }
        let reason = GifErrorString(status).map { String(cString: $0) } ?? "error \(status)"
        return ImagingError(.corrupt, "the GIF file cannot be read: \(reason)")
    }
}
