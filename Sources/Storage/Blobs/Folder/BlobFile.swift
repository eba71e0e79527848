import Crypto
import NIOCore

/// How a blob lies in a file: the content as it is, then 64 bytes about it, written with it under the same fsync.
///
/// | offset from the content's end | bytes | |
/// |---|---|---|
/// | 0 | 8 | `AIBLOB` and the version of this format, `01` |
/// | 8 | 8 | length of the content, big endian |
/// | 16 | 32 | SHA-256 of the content |
/// | 48 | 16 | the first half of the SHA-256 of the 48 bytes before |
///
/// A file that was cut, grown or overwritten at its end is known when it is opened; one whose content has changed, when
/// it is read to the end.
enum BlobFile {
    static let trailerBytes = 64
    private static let mark = Array("AIBLOB01".utf8)
    private static let sealed = 48

    static func trailer(_ description: BlobDescription) -> ByteBuffer {
        var trailer = ByteBufferAllocator().buffer(capacity: trailerBytes)
        trailer.writeBytes(mark)
        trailer.writeInteger(UInt64(description.bytes))
        trailer.writeBytes(description.checksum.bytes)
        trailer.writeBytes(seal(trailer.readableBytesView))
        return trailer
    }

    /// Reads what an open file says about itself.
    static func description(_ file: OpenFile, _ key: BlobKey) throws -> BlobDescription {
        let length = try file.status().size - trailerBytes
        guard length >= 0 else { throw StorageError(.damaged, "the file of blob \(key) was cut") }
        let trailer = Array(buffer: try file.read(at: length, count: trailerBytes))
        guard trailer.count == trailerBytes, trailer.starts(with: mark),
            trailer[sealed...].elementsEqual(seal(trailer[..<sealed])),
            trailer[8..<16].reduce(UInt64(0), { $0 << 8 | UInt64($1) }) == UInt64(length),
            let checksum = ContentChecksum(bytes: trailer[16..<sealed])
        else { throw StorageError(.damaged, "the file of blob \(key) has lost its end") }
        return BlobDescription(key: key, bytes: length, checksum: checksum)
    }

    private static func seal(_ bytes: some Collection<UInt8>) -> ArraySlice<UInt8> {
        Array(SHA256.hash(data: Array(bytes))).prefix(trailerBytes - sealed)
    }
}
