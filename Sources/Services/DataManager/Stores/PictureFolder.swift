import AIBoxAPI
import Foundation
import NIOCore

/// The encoded pictures of inferences, one file each: `<data_dir>/pictures/ab/cd/<inference id>.bin`, where `abcd` are
/// the last digits of the identifier (the first ones are the time and would fill one folder after the other).
///
/// A file is written beside, fsynced, renamed, and its folder fsynced, all before the row that names it commits: a row
/// never lacks its picture. When the process ends in between, a picture without a row stays; it is taken up by the
/// caller's retry (same identifier, same file), and otherwise only costs space.
final class PictureFolder: Sendable {
    /// Pictures being written or waiting for it; each is in memory.
    private static let waitingLimit = 64

    private let path: String
    private let incoming: String
    private let threads = OperationQueue()

    init(path: String) throws(DataManagerError) {
        self.path = path
        incoming = path + "/incoming"
        threads.name = "aibox.pictures"
        threads.maxConcurrentOperationCount = 4
        do {
            // What a killed process left half written.
            if access(incoming, F_OK) == 0 { try FileManager.default.removeItem(atPath: incoming) }
            try FileManager.default.createDirectory(
                atPath: incoming, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw DataManagerError(
                code: .folder, message: "\(incoming) cannot be made: \(error.localizedDescription)",
                remedy: "Give the user who runs aibox the right to write there")
        }
    }

    /// Returns once the picture will survive a power failure. A picture that is there already is kept.
    func write(_ picture: ByteBuffer, _ id: UUIDv7) async throws(Problem) {
        guard threads.operationCount < Self.waitingLimit else {
            throw .unavailable("Too many pictures wait for the disk; try again.", type: "/problems/store-busy")
        }
        try await onThread { () throws(FileError) in try self.writeBlocking(picture, id) }
    }

    /// - Parameter bytes: the length that the row states.
    func read(_ id: UUIDv7, bytes: Int) async throws(Problem) -> ByteBuffer {
        let picture = try await onThread { () throws(FileError) in
            try SyncedFile.read(self.file(id), limit: bytes + 1)
        }
        guard picture.readableBytes == bytes else {
            throw Problem(
                500, "Internal Server Error", detail: "The stored picture is damaged.", type: "/problems/damaged")
        }
        return picture
    }

    var freeSpace: FreeSpace { FreeSpace(path: path) }

    private func writeBlocking(_ picture: ByteBuffer, _ id: UUIDv7) throws(FileError) {
        let file = file(id)
        let folder = folder(id)
        if access(file, F_OK) != 0 {
            let parent = (folder as NSString).deletingLastPathComponent
            try SyncedFile.makeFolder(parent, in: path)
            try SyncedFile.makeFolder(folder, in: parent)
            let part = "\(incoming)/\(UUIDv7())"
            do throws(FileError) {
                try SyncedFile.write(picture, to: part)
                try FileError.check(rename(part, file), file)
            } catch {
                unlink(part)
                throw error
            }
        }
        // Also for a file that was there: whoever renamed it may not have come this far.
        try SyncedFile.sync(folder: folder)
    }

    private func folder(_ id: UUIDv7) -> String {
        let digits = id.description.suffix(4)
        return "\(path)/\(digits.prefix(2))/\(digits.suffix(2))"
    }

    private func file(_ id: UUIDv7) -> String { "\(folder(id))/\(id).bin" }

    private func onThread<Value: Sendable>(
        _ body: @escaping @Sendable () throws(FileError) -> Value
    ) async throws(Problem) -> Value {
        let result: Result<Value, FileError> = await withCheckedContinuation { continuation in
            threads.addOperation {
                continuation.resume(returning: Result { () throws(FileError) in try body() })
            }
        }
        do throws(FileError) { return try result.get() } catch { throw error.problem }
    }
}
