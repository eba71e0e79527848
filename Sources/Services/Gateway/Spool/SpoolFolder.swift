import AIBoxAPI
import Foundation
import NIOCore

/// The files of the spool. All calls block.
///
/// | in `<data_dir>/spool` | |
/// |---|---|
/// | `<segment>.spool` | records, see ``SpoolRecord``; the segment's identifier is its time and chance |
/// | `position` | the segment that was drained last, and up to where |
/// | `rejected/`, `damaged/` | what was set aside |
/// | `lock` | held (flock) by the process that uses the folder |
final class SpoolFolder: Sendable {
    /// Up to where a segment is stored. It may lag: storing twice is storing once.
    struct Position: Equatable, Sendable {
        var segment: UUIDv7
        var offset: Int
    }

    let path: String
    private let lock: CInt

    /// Makes the folder when it is absent, readable by its owner alone, and returns after its name is on the disk: what is
    /// fsynced in a folder that a power cut takes away is gone with it.
    ///
    /// - Throws: `Problem`: another process uses the folder, or it cannot be made.
    init(path: String) throws(Problem) {
        self.path = path
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
        for folder in ["rejected", "damaged"] {
            // What is wrong with the folder is said by the call on its lock.
            try? FileManager.default.createDirectory(
                atPath: "\(path)/\(folder)", withIntermediateDirectories: true, attributes: attributes)
        }
        lock = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw FileFailure(path: path + "/lock", reason: errno).startProblem }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            guard reason == EWOULDBLOCK else { throw FileFailure(path: path, reason: reason).startProblem }
            throw Problem(
                500, "Spool in use",
                detail: "The spool \(path) is in use by another gateway. Stop it, or start this one with another "
                    + "--data-dir.")
        }
        do throws(FileFailure) {
            try syncNames()
        } catch {
            throw error.startProblem
        }
    }

    /// Also those of an earlier process that was killed before it came to that. Folders above that this user may not read
    /// were there before.
    private func syncNames() throws(FileFailure) {
        var folder = URL(filePath: path).standardizedFileURL
        try sync(folder.path)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            do throws(FileFailure) {
                try sync(folder.path)
            } catch {
                guard [EACCES, EPERM, EROFS, EINVAL].contains(error.reason) else { throw error }
            }
        }
    }

    deinit { close(lock) }

    /// Lets another process have the folder.
    func release() { flock(lock, LOCK_UN) }

    func file(_ segment: UUIDv7) -> String { "\(path)/\(segment).spool" }

    /// Oldest first.
    func segments() throws(FileFailure) -> [UUIDv7] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw FileFailure(path: path, reason: EIO)
        }
        return names.filter { $0.hasSuffix(".spool") }.compactMap { UUIDv7(String($0.dropLast(6))) }.sorted()
    }

    /// Deletes segments and returns after their names are gone from the disk.
    func remove(_ segments: [UUIDv7]) throws(FileFailure) {
        for segment in segments { unlink(file(segment)) }
        if !segments.isEmpty { try sync(path) }
    }

    /// The bytes of a segment, or these of them.
    func read(_ segment: UUIDv7, _ range: Range<Int>? = nil) throws(FileFailure) -> ByteBuffer {
        let path = file(segment)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        try FileFailure.check(descriptor, path)
        defer { close(descriptor) }
        let start = range?.lowerBound ?? 0
        let end = range?.upperBound ?? Int(lseek(descriptor, 0, SEEK_END))
        try FileFailure.check(end, path)
        var bytes = ByteBufferAllocator().buffer(capacity: end - start)
        while start + bytes.readableBytes < end {
            let offset = start + bytes.readableBytes
            var count = 0
            bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: end - offset) { free in
                count = pread(descriptor, free.baseAddress, end - offset, off_t(offset))
                return max(0, count)
            }
            if count < 0 && errno == EINTR { continue }
            try FileFailure.check(count, path)
            if count == 0 { throw FileFailure(path: path, reason: EIO) }
        }
        return bytes
    }

    // MARK: What was set aside

    /// Keeps `bytes` as `name` in `folder` (`rejected` or `damaged`) and returns after the fsync.
    func setAside(_ bytes: ByteBuffer, as name: String, in folder: String) throws(FileFailure) {
        let file = "\(path)/\(folder)/\(name)"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try FileFailure.check(descriptor, file)
        defer { close(descriptor) }
        try Self.write(bytes, to: descriptor, at: 0, file)
        try FileFailure.check(fsync(descriptor), file)
        try sync("\(path)/\(folder)")
    }

    // MARK: Position

    /// `nil` when there is none, or none that can be read: then everything is stored again.
    func position() -> Position? {
        guard let text = try? String(contentsOfFile: path + "/position", encoding: .utf8) else { return nil }
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let segment = UUIDv7(String(words[0])), let offset = Int(words[1]) else { return nil }
        return Position(segment: segment, offset: offset)
    }

    /// Replaces the position at once, without an fsync: an older one does no harm.
    func write(_ position: Position) {
        let text = ByteBuffer(string: "\(position.segment) \(position.offset)\n")
        let part = path + "/position.part"
        let descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        guard (try? Self.write(text, to: descriptor, at: 0, part)) != nil else { return }
        rename(part, path + "/position")
    }

    // MARK: Calls

    static func write(_ bytes: ByteBuffer, to descriptor: CInt, at offset: Int, _ path: String) throws(FileFailure) {
        var (rest, offset) = (bytes, offset)
        while rest.readableBytes > 0 {
            let count = rest.withUnsafeReadableBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
            if count < 0 && errno == EINTR { continue }
            try FileFailure.check(count, path)
            rest.moveReaderIndex(forwardBy: count)
            offset += count
        }
    }

    /// Makes the names in `folder` durable.
    func sync(_ folder: String) throws(FileFailure) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try FileFailure.check(descriptor, folder)
        defer { close(descriptor) }
        try FileFailure.check(fsync(descriptor), folder)
    }
}
