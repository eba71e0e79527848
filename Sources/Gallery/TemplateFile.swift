import Glibc

/// The float32 templates of a gallery that does not keep them in memory: a file without a name, readable by this
/// process alone, whose space the system frees with the last descriptor, also after a crash.
///
/// Read with `pread` rather than through a mapping: pages in the system's cache do not count as this process's
/// memory, a full disk is an error rather than a signal, and so is a bad sector.
final class TemplateFile: Sendable {
    private let descriptor: Int32
    private let folder: String

    /// Throws `storageUnusable`.
    init(folder: String) throws(GalleryError) {
        self.folder = folder
        // O_TMPFILE of <fcntl.h>, __O_TMPFILE | O_DIRECTORY, which the importer does not see.
        let unnamed = open(folder, 0o20_000_000 | O_DIRECTORY | O_RDWR | O_CLOEXEC, 0o600)
        if unnamed >= 0 {
            descriptor = unnamed
        } else {
            descriptor = try Self.createUnlinked(in: folder)
        }
        // Candidates lie anywhere: reading ahead would only displace others from the cache.
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM)
    }

    deinit { close(descriptor) }

    /// For file systems without unnamed files: a fresh name, removed at once.
    static func createUnlinked(in folder: String) throws(GalleryError) -> Int32 {
        let path = "\(folder)/.templates-\(UInt64.random(in: 0 ... .max))"
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("cannot create a file in \(folder)") }
        guard unlink(path) == 0 else {
            let reason = failure("cannot remove the name of a file in \(folder)")
            close(descriptor)
            throw reason
        }
        return descriptor
    }

    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(GalleryError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw Self.failure("cannot read templates in \(folder)") }
            if count == 0 {
                throw GalleryError(.storageUnusable, "the file of templates in \(folder) is shorter than it was")
            }
            done += count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(GalleryError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { throw Self.failure("cannot write templates in \(folder)") }
            done += count
        }
    }

    private static func failure(_ what: String) -> GalleryError {
        GalleryError(.storageUnusable, "\(what): \(String(cString: strerror(errno)))")
    }
}
