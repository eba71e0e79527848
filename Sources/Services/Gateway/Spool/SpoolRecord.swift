import AIBoxAPI
import Crypto
import NIOCore

/// The form of one record in a segment: a head of 64 bytes, and a body that only the key of the spool opens.
///
/// | bytes | |
/// |---|---|
/// | 0–3 | `AIS1`: magic and version |
/// | 4–7 | length of the body, little endian |
/// | 8–23 | identifier of the inference, big endian |
/// | 24–31 | the first bytes of SHA-256 over the segment's identifier and bytes 0–23 |
/// | 32–63 | SHA-256 over the segment's identifier, bytes 0–31 and the body |
/// | 64– | the body |
///
/// The segment's identifier is random and stands in the file's name alone: a picture that somebody sent cannot hold
/// bytes that pass for a record.
enum SpoolRecord {
    struct Head: Sendable {
        let id: UUIDv7
        let bodyBytes: Int
        var recordBytes: Int { headBytes + bodyBytes }
    }

    static let magic = Array("AIS1".utf8)
    static let headBytes = 64

    /// Appends a record to `bytes`, which are meant for `segment`.
    static func write(_ body: ByteBuffer, id: UUIDv7, segment: UUIDv7, to bytes: inout ByteBuffer) {
        let start = bytes.writerIndex
        bytes.writeBytes(magic)
        bytes.writeInteger(UInt32(body.readableBytes), endianness: .little)
        bytes.writeInteger(id.high)
        bytes.writeInteger(id.low)
        bytes.writeBytes(digest(segment, bytes, start..<start + 24).prefix(8))
        let index = bytes.writerIndex
        bytes.writeRepeatingByte(0, count: 32)
        bytes.writeImmutableBuffer(body)
        bytes.setBytes(
            digest(segment, bytes, start..<start + 32, start + headBytes..<bytes.writerIndex), at: index)
    }

    /// The head at `offset`; `nil` when there is none that was written for `segment`.
    static func head(in bytes: ByteBuffer, at offset: Int, segment: UUIDv7) -> Head? {
        guard offset + headBytes <= bytes.writerIndex,
            bytes.getBytes(at: offset, length: 4) == magic,
            let length: UInt32 = bytes.getInteger(at: offset + 4, endianness: .little),
            let high: UInt64 = bytes.getInteger(at: offset + 8), let low: UInt64 = bytes.getInteger(at: offset + 16),
            let id = UUIDv7(high: high, low: low),
            let stated = bytes.getBytes(at: offset + 24, length: 8),
            digest(segment, bytes, offset..<offset + 24).prefix(8).elementsEqual(stated)
        else { return nil }
        return Head(id: id, bodyBytes: Int(length))
    }

    /// The body behind a head at `offset`; `nil` when it is not as it was written.
    static func body(of head: Head, in bytes: ByteBuffer, at offset: Int, segment: UUIDv7) -> ByteBuffer? {
        let end = offset + head.recordBytes
        guard end <= bytes.writerIndex,
            let stated = bytes.getBytes(at: offset + 32, length: 32),
            digest(segment, bytes, offset..<offset + 32, offset + headBytes..<end).elementsEqual(stated)
        else { return nil }
        return bytes.getSlice(at: offset + headBytes, length: head.bodyBytes)
    }

    private static func digest(_ segment: UUIDv7, _ bytes: ByteBuffer, _ ranges: Range<Int>...) -> SHA256Digest {
        var hash = SHA256()
        withUnsafeBytes(of: (segment.high.bigEndian, segment.low.bigEndian)) { hash.update(bufferPointer: $0) }
        for range in ranges {
            let slice = bytes.getSlice(at: range.lowerBound, length: range.count)
            slice?.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
        }
        return hash.finalize()
    }
}
