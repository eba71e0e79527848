import Foundation

/// Owns a file descriptor. Every call blocks; every failure is `storageUnusable` with the system's reason.
final class OpenFile: Sendable {
    private let descriptor: Int32
    private let path: String

    init(reading file: URL) throws(ModelCatalogError) {
        path = file.path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw .storage("cannot read \(path)", errno) }
    }

    /// Opens for reading and writing, creating the file when it is absent.
    init(writing file: URL) throws(ModelCatalogError) {
        path = file.path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        if descriptor < 0 { throw .storage("cannot write \(path)", errno) }
    }

    deinit { close(descriptor) }

    /// The next bytes; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ModelCatalogError) -> Int {
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        if count < 0 { throw .storage("cannot read \(path)", errno) }
        return count
    }

    /// Writes all bytes at an offset.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(ModelCatalogError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { throw .storage("cannot write \(path)", errno) }
            done += count
        }
    }

    func truncate(to bytes: Int) throws(ModelCatalogError) {
        if ftruncate(descriptor, off_t(bytes)) != 0 { throw .storage("cannot write \(path)", errno) }
    }

    func synchronize() throws(ModelCatalogError) {
        if fsync(descriptor) != 0 { throw .storage("cannot flush \(path)", errno) }
    }

    var bytes: Int {
        get throws(ModelCatalogError) { try Int(status().st_size) }
    }

    /// Whether `path` still names this file.
    var isLinked: Bool {
        get throws(ModelCatalogError) {
            let own = try status()
            var other = stat()
            return stat(path, &other) == 0 && other.st_ino == own.st_ino && other.st_dev == own.st_dev
        }
    }

    /// Takes the exclusive lock of the file unless another holder has it; it ends with this object or the process.
    func tryLock() throws(ModelCatalogError) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        if errno == EWOULDBLOCK || errno == EINTR { return false }
        throw .storage("cannot lock \(path)", errno)
    }

    private func status() throws(ModelCatalogError) -> stat {
        var status = stat()
        if fstat(descriptor, &status) != 0 { throw .storage("cannot read \(path)", errno) }
        return status
    }
}

extension ModelCatalogError {
    /// A failed system call.
    static func storage(_ what: String, _ number: Int32) -> ModelCatalogError {
        let remedy =
            switch number {
            case ENOSPC, EDQUOT: "free space on that disk, or set `model_cache` to a folder on another"
            case EACCES, EPERM, EROFS, ENOTDIR, ENOENT: "set `model_cache` to a folder that this user may write"
            default: "check the disk; `model_cache` names the folder"
            }
        return ModelCatalogError(.storageUnusable, "\(what): \(String(cString: strerror(number)))", remedy: remedy)
    }
}
