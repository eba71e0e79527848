/// One box of an ISO base media file (ISO/IEC 14496-12, 4.2).
struct ISOBox {
    let kind: String
    let body: UnsafeRawBufferPointer

    /// Version and flags of a full box, and what follows them.
    var full: (version: Int, flags: Int, rest: BoxReader)? {
        guard let head = body.bigEndian32(at: 0) else { return nil }
        return (head >> 24, head & 0xFF_FFFF, BoxReader(body, at: 4))
    }
}

enum ISOBoxes {
    private static let outermost = Set(["ftyp", "meta", "mdat", "moov", "idat", "free", "skip", "uuid"])

    /// Whether every outermost box that begins also ends, and the one that describes the pictures is there. Bytes
    /// behind the last box that are no box are none of the file's.
    static func areWhole(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        var isDescribed = false
        while let kind = kind(bytes, at: offset + 4), outermost.contains(kind) {
            guard let extent = extent(bytes, at: offset) else { return false }
            isDescribed = isDescribed || kind == "meta"
            offset = extent.upperBound
        }
        return isDescribed && (bytes.count - offset >= 8 || bytes.count == offset)
    }

    /// The boxes that lie one after the other in `bytes`, as far as they are whole.
    static func list(_ bytes: UnsafeRawBufferPointer) -> [ISOBox] {
        var boxes: [ISOBox] = []
        var offset = 0
        while let kind = kind(bytes, at: offset + 4), let extent = extent(bytes, at: offset) {
            boxes.append(ISOBox(kind: kind, body: UnsafeRawBufferPointer(rebasing: bytes[extent])))
            offset = extent.upperBound
        }
        return boxes
    }

    private static func kind(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> String? {
        bytes.slice(at: offset, count: 4).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Where the body of the box at `offset` lies; `nil` when it is cut off or impossible.
    private static func extent(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Range<Int>? {
        guard let short = bytes.bigEndian32(at: offset) else { return nil }
        var (head, length) = (8, short)
        if short == 0 {
            length = bytes.count - offset
        } else if short == 1 {
            guard let high = bytes.bigEndian32(at: offset + 8), high < 1 << 30,
                let low = bytes.bigEndian32(at: offset + 12)
            else { return nil }
            (head, length) = (16, high << 32 | low)
        }
        guard length >= head, length <= bytes.count - offset else { return nil }
        return offset + head..<offset + length
    }
}

/// Reads big-endian numbers one after the other.
struct BoxReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset: Int

    init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    var remaining: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[min(offset, bytes.count)...])
    }

    /// Whether there were so many bytes.
    mutating func skip(_ count: Int) -> Bool {
        offset += count
        return offset <= bytes.count
    }

    /// A number of up to eight bytes, which fits an `Int`; 0 for none.
    mutating func number(_ count: Int) -> Int? {
        guard let part = bytes.slice(at: offset, count: count), count <= 8 else { return nil }
        offset += count
        let value = part.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(exactly: value)
    }
}
