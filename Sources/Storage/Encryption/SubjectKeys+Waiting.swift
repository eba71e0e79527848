import AIBoxAPI
import NIOPosix

/// The calls that block, for callers on the cooperative pool.
extension SubjectKeys {
    /// As `init`, on a thread that may block.
    public static func open(folder: String, _ ring: KeyRing) async throws -> SubjectKeys {
        try await NIOThreadPool.singleton.runIfActive { try SubjectKeys(folder: folder, ring) }
    }

    /// As `erase`, for several subjects, on a thread that may block.
    public func eraseAll(_ subjects: [UUIDv7]) async throws {
        try await NIOThreadPool.singleton.runIfActive { for subject in subjects { try self.erase(subject) } }
    }

    /// As `rewrap` until all is done, on a thread that may block. Returns how many keys there were.
    public func rewrapAll() async throws -> Int {
        try await NIOThreadPool.singleton.runIfActive {
            var total = 0
            while case let count = try self.rewrap(), count > 0 { total += count }
            return total
        }
    }

    /// As `retire`, on a thread that may block.
    public func retireWaiting(_ id: KeyID) async throws {
        try await NIOThreadPool.singleton.runIfActive { try self.retire(id) }
    }

    /// Whether there are keys in the folder.
    public static func exist(in folder: String) -> Bool { DurableFile.exists(SubjectKeyFiles(folder: folder).keys) }
}
