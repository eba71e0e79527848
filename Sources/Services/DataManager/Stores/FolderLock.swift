import Foundation
import Storage

/// Keeps the data folder for this process: an flock(2) on `<data_dir>/aibox.lock`, which the kernel frees however the
/// process ends. The file holds the number of the process, for the message that another one prints.
public final class FolderLock: Sendable {
    private let descriptor: CInt

    /// Makes the folder when it is absent, readable by its owner alone.
    public init(folder: String) throws(DataManagerError) {
        do { try DurableFolder.make(folder) } catch {
            throw Self.unusable(folder, error.message, isFull: error.code == .full)
        }
        let path = folder + "/aibox.lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.unusable(path, errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            defer { Foundation.close(descriptor) }
            throw reason == EWOULDBLOCK ? Self.held(folder, by: Self.owner(descriptor)) : Self.unusable(path, reason)
        }
        self.descriptor = descriptor
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            throw Self.unusable(path, errno)
        }
    }

    deinit { Foundation.close(descriptor) }

    /// Lets another process have the folder.
    public func release() { flock(descriptor, LOCK_UN) }

    private static func owner(_ descriptor: CInt) -> String {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)).filter { $0 >= 48 && $0 <= 57 }, as: UTF8.self)
    }

    private static func held(_ folder: String, by owner: String) -> DataManagerError {
        DataManagerError(
            code: .locked,
            message: "The data folder \(folder) is in use by process \(owner.isEmpty ? "(unknown)" : owner)",
            remedy: "Stop that aibox, or start this one with another --data-dir")
    }

    private static func unusable(_ path: String, _ reason: CInt) -> DataManagerError {
        unusable(path, String(cString: strerror(reason)), isFull: reason == ENOSPC)
    }

    private static func unusable(_ path: String, _ reason: String, isFull: Bool) -> DataManagerError {
        DataManagerError(
            code: isFull ? .full : .folder, message: "\(path) cannot be made or written: \(reason)",
            remedy: isFull
                ? "Free space on that disk"
                : "Give the user who runs aibox the right to write there, or choose another --data-dir")
    }
}
