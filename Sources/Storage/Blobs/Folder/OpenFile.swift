import Foundation
import NIOCore

/// An open file, closed with the object. Calls block.
final class OpenFile: Sendable {
    private let descriptor: CInt
    private let name: String

    init(adopting descriptor: CInt, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    deinit { close(descriptor) }

    struct Status {
        let size: Int
        /// Milliseconds since 1970.
        let modified: Int64
        let isRegular: Bool

        init(_ status: stat) {
            size = Int(status.st_size)
            modified = Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000
            isRegular = status.st_mode & S_IFMT == S_IFREG
        }
    }

    func status() throws(FileError) -> Status {
        var status = stat()
        try FileError.check(fstat(descriptor, &status), name)
        return Status(status)
    }

    func write(_ bytes: ByteBuffer) throws(FileError) {
        var rest = bytes
        while rest.readableBytes > 0 {
            let count = rest.withUnsafeReadableBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            try FileError.check(count, name)
            rest.moveReaderIndex(forwardBy: count)
        }
    }

    /// Fewer bytes than `count` only where the file ends.
    func read(at offset: Int, count: Int) throws(FileError) -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: count)
        while bytes.readableBytes < count {
            let position = off_t(offset + bytes.readableBytes)
            let rest = count - bytes.readableBytes
            let result = bytes.withUnsafeMutableWritableBytes { pread(descriptor, $0.baseAddress, rest, position) }
            if result < 0 && errno == EINTR { continue }
            if try FileError.check(result, name) == 0 { break }
            bytes.moveWriterIndex(forwardBy: result)
        }
        return bytes
    }

    func sync() throws(FileError) { try FileError.check(fsync(descriptor), name) }
}
