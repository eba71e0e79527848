import AIBoxAPI
import NIOCore

/// What a segment holds, told from its bytes alone.
struct SegmentScan: Sendable {
    struct Record: Sendable {
        let id: UUIDv7
        /// Bytes of the segment.
        let range: Range<Int>
    }

    /// Records that are as they were written, in their order.
    private(set) var records: [Record] = []
    /// Bytes that are none: a record that was written whole and has been changed since.
    private(set) var damaged: [Range<Int>] = []
    /// The beginning of a record at the end: nobody was told that it is stored.
    private(set) var torn: Range<Int>?

    /// - Parameter bytes: the whole file, from index 0.
    init(_ bytes: ByteBuffer, segment: UUIDv7) {
        var offset = 0
        let end = bytes.writerIndex
        while offset < end {
            if let head = SpoolRecord.head(in: bytes, at: offset, segment: segment) {
                let next = offset + head.recordBytes
                guard next <= end else {
                    torn = offset..<end
                    return
                }
                if SpoolRecord.body(of: head, in: bytes, at: offset, segment: segment) != nil {
                    records.append(Record(id: head.id, range: offset..<next))
                } else {
                    damaged.append(offset..<next)
                }
                offset = next
            } else {
                let next = Self.nextHead(in: bytes, after: offset, segment: segment)
                if next == nil, end - offset < SpoolRecord.headBytes {
                    torn = offset..<end
                    return
                }
                damaged.append(offset..<(next ?? end))
                offset = next ?? end
            }
        }
    }

    /// Looks for the next place at which a head of this segment stands.
    private static func nextHead(in bytes: ByteBuffer, after offset: Int, segment: UUIDv7) -> Int? {
        var rest = bytes.viewBytes(at: offset + 1, length: bytes.writerIndex - offset - 1)
        while let view = rest, let place = view.firstIndex(of: SpoolRecord.magic[0]) {
            if SpoolRecord.head(in: bytes, at: place, segment: segment) != nil { return place }
            rest = view[view.index(after: place)...]
        }
        return nil
    }
}
