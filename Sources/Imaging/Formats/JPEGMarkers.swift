/// The segments of a JPEG file before its first scan (ITU-T T.81, annex B), walked as libjpeg walks them: bytes
/// between segments are skipped.
struct JPEGMarkers {
    private(set) var width = 0
    private(set) var height = 0
    private(set) var components = 0
    /// The first EXIF block, prefix included.
    private(set) var exif: UnsafeRawBufferPointer?
    /// Whether an end-of-image marker follows the start of the first scan.
    private(set) var isComplete = false

    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) throws(ImagingError) {
        self.bytes = bytes
        var offset = 2
        while let segment = nextSegment(from: &offset) {
            if segment.marker == 0xDA {
                isComplete = hasEndMarker(after: offset)
                break
            }
            read(segment)
        }
        guard components > 0 else {
            throw ImagingError(.truncated, "the JPEG file ends before its picture begins")
        }
    }

    private func nextSegment(from offset: inout Int) -> (marker: UInt8, body: UnsafeRawBufferPointer)? {
        while let marker = nextMarker(from: &offset) {
            if marker == 0xD9 { return nil }
            if marker == 0x01 || (0xD0...0xD8).contains(marker) { continue }
            guard let length = bytes.bigEndian16(at: offset), length >= 2,
                let body = bytes.slice(at: offset + 2, count: length - 2)
            else { return nil }
            offset += length
            return (marker, body)
        }
        return nil
    }

    /// The code behind the next 0xFF that is neither filling nor stuffing.
    private func nextMarker(from offset: inout Int) -> UInt8? {
        while offset + 1 < bytes.count {
            let code = bytes[offset + 1]
            if bytes[offset] == 0xFF, code != 0, code != 0xFF {
                offset += 2
                return code
            }
            offset += 1
        }
        return nil
    }

    private mutating func read(_ segment: (marker: UInt8, body: UnsafeRawBufferPointer)) {
        switch segment.marker {
        case 0xE1 where exif == nil && segment.body.starts(with: "Exif\0\0".utf8):
            exif = segment.body
        case 0xC0...0xCF where components == 0 && ![0xC4, 0xC8, 0xCC].contains(segment.marker):
            readFrame(segment.body)
        default: break
        }
    }

    private mutating func readFrame(_ body: UnsafeRawBufferPointer) {
        guard let height = body.bigEndian16(at: 1), let width = body.bigEndian16(at: 3), body.count > 5 else { return }
        self.width = width
        self.height = height
        components = Int(body[5])
    }

    /// Scans stuff a zero behind 0xFF, so the pair is found only where a marker is.
    private func hasEndMarker(after start: Int) -> Bool {
        var offset = bytes.count - 2
        while offset >= start {
            if bytes[offset] == 0xFF, bytes[offset + 1] == 0xD9 { return true }
            offset -= 1
        }
        return false
    }
}
