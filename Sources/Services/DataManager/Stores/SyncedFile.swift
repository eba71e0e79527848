import AIBoxAPI
import Foundation
import NIOCore

/// A failed call on a file.
struct FileError: Error {
    let path: String
    /// `errno`.
    let reason: CInt

    /// Throws when `result` says that the call has failed.
    static func check(_ result: some SignedInteger, _ path: String) throws(FileError) {
        if result < 0 { throw FileError(path: path, reason: errno) }
    }

    var problem: Problem {
        if reason == ENOSPC || reason == EDQUOT { return .diskFull }
        return .unavailable(
            "A picture cannot be read or written (\(String(cString: strerror(reason)))); check the disk of the data folder.",
            type: "/problems/data-folder", retryAfter: 10)
    }
}

/// Files whose content and name survive a power failure. All calls block.
enum SyncedFile {
    /// Makes `path`, which must be new, and returns after its fsync.
    static func write(_ bytes: ByteBuffer, to path: String) throws(FileError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        try FileError.check(descriptor, path)
        defer { close(descriptor) }
        var rest = bytes
        while rest.readableBytes > 0 {
            let count = rest.withUnsafeReadableBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            try FileError.check(count, path)
            rest.moveReaderIndex(forwardBy: count)
        }
        try FileError.check(fsync(descriptor), path)
    }

    /// The content of `path`, at most its first `limit` bytes.
    static func read(_ path: String, limit: Int) throws(FileError) -> ByteBuffer {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        try FileError.check(descriptor, path)
        defer { close(descriptor) }
        var bytes = ByteBufferAllocator().buffer(capacity: limit)
        while bytes.readableBytes < limit {
            let wanted = limit - bytes.readableBytes
            var count = 0
            bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { free in
                count = Foundation.read(descriptor, free.baseAddress, wanted)
                return max(0, count)
            }
            if count < 0 && errno == EINTR { continue }
            try FileError.check(count, path)
            if count == 0 { break }
        }
        return bytes
    }

    /// Makes one folder, unless it is there, and syncs `parent`, which names it: also when it was there, since whoever
    /// made it may not have come this far.
    static func makeFolder(_ path: String, in parent: String) throws(FileError) {
        if mkdir(path, 0o700) != 0 && errno != EEXIST { throw FileError(path: path, reason: errno) }
        try sync(folder: parent)
    }

    /// Makes `path` and what is absent above it, readable by its owner alone, and syncs the folders that name what was
    /// made: a folder without a durable name takes along all that is in it.
    static func makeFolders(_ path: String) throws(FileError) {
        let above = (path as NSString).deletingLastPathComponent
        let parent = above.isEmpty ? "." : above
        if access(path, F_OK) == 0 {
            // Made by whom, and how far did he come? Not every user may read the folder above.
            try? sync(folder: parent)
        } else {
            try makeFolders(parent)
            try makeFolder(path, in: parent)
        }
    }

    static func sync(folder path: String) throws(FileError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try FileError.check(descriptor, path)
        defer { close(descriptor) }
        try FileError.check(fsync(descriptor), path)
    }
}
