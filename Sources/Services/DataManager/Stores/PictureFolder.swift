import AIBoxAPI
import Foundation
import NIOCore
import Storage
import Synchronization

/// The encoded pictures of inferences, one file each: `<data_dir>/pictures/ab/cd/<inference id>.bin`, where `abcd` are
/// the last digits of the identifier (the first ones are the time and would fill one folder after the other).
///
/// A file is written beside, fsynced, renamed, and its folder fsynced, all before the row that names it commits: a row
/// never lacks its picture. When the process ends in between, a picture without a row stays; it is taken up by the
/// caller's retry (same identifier, same file), and otherwise only costs space.
final class PictureFolder: Sendable {
    /// Pictures being written or waiting for it; each is in memory.
    private static let waitingLimit = 64

    let path: String
    /// `nil`: pictures stay plain.
    let keys: KeyRing?
    private let incoming: String
    private let threads = OperationQueue()
    /// Folders whose names have been synced; 65,792 at most.
    private let durableFolders = Mutex(Set<String>())

    /// - Parameter keys: what new pictures are sealed with; plain ones stay readable unless it refuses them.
    init(path: String, keys: KeyRing?) throws(DataManagerError) {
        (self.path, self.keys) = (path, keys)
        incoming = path + "/incoming"
        threads.name = "aibox.pictures"
        threads.maxConcurrentOperationCount = 4
        do {
            try SyncedFile.makeFolders(path)
            // What a killed process left half written.
            if access(incoming, F_OK) == 0 { try FileManager.default.removeItem(atPath: incoming) }
            try SyncedFile.makeFolders(incoming)
        } catch {
            let reason = (error as? FileError).map { String(cString: strerror($0.reason)) }
            throw DataManagerError(
                code: .folder, message: "\(incoming) cannot be made: \(reason ?? error.localizedDescription)",
                remedy: "Give the user who runs aibox the right to write there")
        }
    }

    /// Returns once the picture will survive a power failure. A picture that is there already is kept.
    func write(_ picture: ByteBuffer, _ id: UUIDv7) async throws(Problem) {
        guard threads.operationCount < Self.waitingLimit else {
            throw .unavailable("Too many pictures wait for the disk; try again.", type: "/problems/store-busy")
        }
        try await onThread {
            try self.writeBlocking(SealedBlob.seal(picture, Self.context(id), with: self.keys), id)
        }
    }

    /// - Parameter bytes: the length that the row states.
    func read(_ id: UUIDv7, bytes: Int) async throws(Problem) -> ByteBuffer {
        let picture = try await onThread {
            let limit = try SegmentLayout(size: bytes).sealedSize + 1
            return try self.opened(SyncedFile.read(self.file(id), limit: limit), id)
        }
        guard let picture, picture.readableBytes == bytes else {
            throw Problem(
                500, "Internal Server Error", detail: "The stored picture is damaged.", type: "/problems/damaged")
        }
        return picture
    }

    /// `nil`: it is damaged.
    private func opened(_ stored: ByteBuffer, _ id: UUIDv7) throws -> ByteBuffer? {
        do { return try SealedBlob.open(stored, Self.context(id), with: keys) } catch {
            // Another key's: a picture of another data folder.
            if [.damaged, .denied].contains(error.code) { return nil }
            throw error
        }
    }

    static func context(_ id: UUIDv7) -> SealContext { .blob(id.description) }

    var freeSpace: FreeSpace { FreeSpace(path: path) }

    private func writeBlocking(_ picture: ByteBuffer, _ id: UUIDv7) throws(FileError) {
        let file = file(id)
        let folder = folder(id)
        if access(file, F_OK) != 0 {
            let parent = (folder as NSString).deletingLastPathComponent
            try makeFolder(parent, in: path)
            try makeFolder(folder, in: parent)
            try replace(file, with: picture)
        }
        // Also for a file that was there: whoever renamed it may not have come this far.
        try SyncedFile.sync(folder: folder)
    }

    /// Puts a file in place, all of it or nothing; its folder is still to be synced.
    func replace(_ file: String, with bytes: ByteBuffer) throws(FileError) {
        let part = "\(incoming)/\(UUIDv7())"
        do throws(FileError) {
            try SyncedFile.write(bytes, to: part)
            try FileError.check(rename(part, file), file)
        } catch {
            unlink(part)
            throw error
        }
    }

    /// Each folder is synced once by this process, not for each picture.
    private func makeFolder(_ folder: String, in parent: String) throws(FileError) {
        if durableFolders.withLock({ $0.contains(folder) }) && access(folder, F_OK) == 0 { return }
        try SyncedFile.makeFolder(folder, in: parent)
        durableFolders.withLock { _ = $0.insert(folder) }
    }

    private func folder(_ id: UUIDv7) -> String {
        let digits = id.description.suffix(4)
        return "\(path)/\(digits.prefix(2))/\(digits.suffix(2))"
    }

    private func file(_ id: UUIDv7) -> String { "\(folder(id))/\(id).bin" }

    func onThread<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws(Problem) -> Value {
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            threads.addOperation { continuation.resume(returning: Result { try body() }) }
        }
        do { return try result.get() } catch { throw Problem(error) }
    }
}
