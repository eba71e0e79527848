import Foundation

/// An open file whose writes survive a power failure once `sync` has returned. All calls block.
final class DurableFile: Sendable {
    let path: String
    private let descriptor: CInt

    /// - Parameter flags: of open(2). A file that is made can be read by its owner alone.
    init(_ path: String, _ flags: CInt) throws(StorageError) {
        self.path = path
        descriptor = open(path, flags | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw Self.failure(path) }
    }

    deinit { close(descriptor) }

    func status() throws(StorageError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure(path) }
        return status
    }

    /// At most `count` bytes; fewer at the end of the file.
    func read(at offset: Int, count: Int) throws(StorageError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let read = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress?.advanced(by: done), count - done, off_t(offset + done))
            }
            if read < 0 && errno == EINTR { continue }
            if read < 0 { throw Self.failure(path) }
            if read == 0 { break }
            done += read
        }
        return Array(bytes.prefix(done))
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done, off_t(offset + done))
            }
            if written < 0 && errno == EINTR { continue }
            if written < 0 { throw Self.failure(path) }
            done += written
        }
    }

    func truncate(to size: Int) throws(StorageError) {
        if ftruncate(descriptor, off_t(size)) < 0 { throw Self.failure(path) }
    }

    /// Overwrites all of it with zeros, on the disk too where the file system writes in place.
    func erase() throws(StorageError) {
        let size = Int(try status().st_size)
        let zeros = [UInt8](repeating: 0, count: min(size, 1 << 20))
        for start in stride(from: 0, to: size, by: 1 << 20) {
            try write(Array(zeros.prefix(size - start)), at: start)
        }
        try sync()
    }

    func sync() throws(StorageError) {
        if fsync(descriptor) < 0 { throw Self.failure(path) }
    }

    /// Keeps the file for this process until it is closed.
    func lock() throws(StorageError) {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
        throw errno == EWOULDBLOCK
            ? StorageError(.unavailable, "\(path) is in use by another process") : Self.failure(path)
    }

    func unlock() { flock(descriptor, LOCK_UN) }

    /// Puts a file with this content at `path`, in place of one that may be there: all of it or nothing.
    static func replace(_ path: String, with bytes: [UInt8]) throws(StorageError) {
        let part = part(of: path)
        let file = try DurableFile(part, O_WRONLY | O_CREAT | O_TRUNC)
        try file.write(bytes, at: 0)
        try file.sync()
        if rename(part, path) < 0 { throw failure(path) }
        try syncFolder(of: path)
    }

    /// Erases what a `replace` that was killed has left half written.
    static func removePart(of path: String) throws(StorageError) {
        let part = part(of: path)
        guard exists(part) else { return }
        try DurableFile(part, O_WRONLY).erase()
        if unlink(part) < 0 { throw failure(part) }
    }

    private static func part(of path: String) -> String { path + ".part" }

    /// Makes the name of a new file survive a power failure.
    static func syncFolder(of path: String) throws(StorageError) {
        let folder = (path as NSString).deletingLastPathComponent
        try DurableFile(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY).sync()
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private static func failure(_ path: String) -> StorageError {
        let reason = errno
        let code: StorageError.Code =
            switch reason {
            case ENOSPC, EDQUOT: .full
            case ENOENT: .notFound
            default: .inputOutput
            }
        return StorageError(code, "\(path): \(String(cString: strerror(reason)))")
    }
}
