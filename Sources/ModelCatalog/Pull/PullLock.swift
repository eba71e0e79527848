import Foundation

/// The right to pull one file, held by one pull at a time across tasks and processes.
///
/// An flock on a file beside the partial download: it ends with its process, however that ends.
struct PullLock: Sendable {
    private let file: URL
    private let descriptor: OpenFile

    /// Waits for the lock, looking again every 50 ms.
    /// - Parameter waiting: called once if another holder has it.
    /// - Throws: `storageUnusable`; `CancellationError`.
    static func acquire(_ file: URL, waiting: () -> Void) async throws -> PullLock {
        if let lock = try await onDisk({ try attempt(file) }) { return lock }
        waiting()
        while true {
            if let lock = try await onDisk({ try attempt(file) }) { return lock }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Removes the file while the lock is still held, so that nobody can hold a lock on a file without a name and
    /// believe to be the only one.
    consuming func release() {
        unlink(file.path)
    }

    private static func attempt(_ file: URL) throws(ModelCatalogError) -> PullLock? {
        let descriptor = try OpenFile(writing: file)
        guard try descriptor.tryLock(), try descriptor.isLinked else { return nil }
        return PullLock(file: file, descriptor: descriptor)
    }
}
