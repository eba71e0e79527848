import AIBoxAPI
import Foundation
import NIOCore

/// The segment that is being written. Used by one thread, which closes it.
struct SpoolSegment: Sendable {
    let id = UUIDv7()
    /// Bytes that are on the disk.
    private(set) var length = 0
    private let path: String
    private let descriptor: CInt
    private let synchronize: @Sendable (CInt) -> CInt

    /// Makes the file, and its name durable.
    ///
    /// - Parameter synchronize: as fdatasync(2), and `errno` with it.
    init(in folder: SpoolFolder, synchronize: @escaping @Sendable (CInt) -> CInt) throws(FileFailure) {
        path = folder.file(id)
        self.synchronize = synchronize
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        try FileFailure.check(descriptor, path)
        do throws(FileFailure) {
            try folder.sync(folder.path)
        } catch {
            unlink(path)
            close()
            throw error
        }
    }

    func close() { Foundation.close(descriptor) }

    /// Returns once `bytes` will survive a power failure. After an error the segment must not be written to again:
    /// a second fsync may report success for pages that the kernel has given up (the "fsyncgate" of 2018).
    mutating func append(_ bytes: ByteBuffer) throws(FileFailure) {
        try SpoolFolder.write(bytes, to: descriptor, at: length, path)
        try FileFailure.check(synchronize(descriptor), path)
        length += bytes.readableBytes
    }

    /// Takes back what an append that failed may have left, as far as the disk still obeys: nobody was told that it
    /// is stored.
    func takeBack() { ftruncate(descriptor, off_t(length)) }
}
