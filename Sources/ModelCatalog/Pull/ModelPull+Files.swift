import Foundation

extension ModelPull {
    func state(of entry: CatalogEntry) async throws -> ModelStore.State {
        try await onDisk { [store] in store.state(of: entry) }
    }

    /// The folder of unfinished downloads and locks, on the disk of the cache so that a rename can end a pull.
    func prepareFolder() async throws -> URL {
        let folder = store.cache.appending(path: ".pull", directoryHint: .isDirectory)
        try await onDisk { try Self.makeFolder(folder) }
        return folder
    }

    /// The checksum found, unless it is the entry's.
    func mismatch(_ file: URL, _ entry: CatalogEntry) async throws -> String? {
        let found = try await onDisk { try FileChecksum.sha256(of: file) }
        return found == entry.sha256 ? nil : found
    }

    /// Makes a verified file durable and lets it appear at its place, whole.
    func install(_ part: URL, _ entry: CatalogEntry) async throws -> URL {
        let file = store.cacheFile(of: entry)
        let folder = file.deletingLastPathComponent()
        try await onDisk {
            try Self.makeFolder(folder)
            try OpenFile(writing: part).synchronize()
            if rename(part.path, file.path) != 0 {
                throw ModelCatalogError.storage("cannot write \(file.path)", errno)
            }
            try OpenFile(reading: folder).synchronize()
        }
        return file
    }

    func remove(_ file: URL) async throws {
        try await onDisk { _ = unlink(file.path) }
    }

    static func makeEmptyFolder(_ folder: URL) throws {
        try? FileManager.default.removeItem(at: folder)
        try makeFolder(folder)
    }

    private static func makeFolder(_ folder: URL) throws(ModelCatalogError) {
        var path = ""
        for part in folder.standardizedFileURL.pathComponents {
            path = path.isEmpty || path == "/" ? path + part : "\(path)/\(part)"
            if mkdir(path, 0o755) != 0 && errno != EEXIST { throw .storage("cannot make the folder \(path)", errno) }
        }
        var status = stat()
        guard stat(folder.path, &status) == 0 else { throw .storage("cannot use the folder \(folder.path)", errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .storage("cannot use \(folder.path)", ENOTDIR) }
    }
}
