import Foundation

/// Where model files lie: folders given by the operator, then a cache folder of our own that pulls write to.
public struct ModelStore: Sendable {
    /// Read only, searched first, in order: for the entry's relative path and for its bare file name.
    public let folders: [URL]
    /// Searched last; pulled files lie under it at the entry's relative path.
    public let cache: URL
    private let checksums = ChecksumMemory()

    public init(folders: [URL], cache: URL) {
        self.folders = folders
        self.cache = cache
    }

    public enum State: Hashable, Sendable {
        /// The file is there, with the right size and checksum.
        case ready(URL)
        case absent
        /// The file is there and is another one than the catalogue describes.
        case corrupt(URL, Corruption)
    }

    public struct Corruption: Hashable, Sendable, CustomStringConvertible {
        /// Size of the file found.
        public var bytes: Int
        /// Its checksum; `nil` when the size was wrong already, or when the file cannot be read.
        public var sha256: String?

        public var description: String { "\(bytes) bytes, sha256 \(sha256 ?? "not computed")" }
    }

    /// Looks for the file of an entry. A wrong file in one folder does not hide the right one in a later folder.
    ///
    /// Blocking: hashes a file that was not hashed before, about 5 ms for 5 MB.
    public func state(of entry: CatalogEntry) -> State {
        var corrupt: State?
        for file in candidates(for: entry) {
            switch state(of: file, entry) {
            case .ready: return .ready(file)
            case .corrupt(_, let corruption): corrupt = corrupt ?? .corrupt(file, corruption)
            case .absent: continue
            }
        }
        return corrupt ?? .absent
    }

    /// Where a pull puts the file of an entry.
    public func cacheFile(of entry: CatalogEntry) -> URL { cache.appending(path: entry.file) }

    private func candidates(for entry: CatalogEntry) -> [URL] {
        let name = entry.fileName
        return (folders + [cache]).flatMap { folder in
            entry.file == name
                ? [folder.appending(path: name)]
                : [folder.appending(path: entry.file), folder.appending(path: name)]
        }
    }

    private func state(of file: URL, _ entry: CatalogEntry) -> State {
        guard let identity = FileIdentity(of: file) else { return .absent }
        guard identity.bytes == entry.bytes else { return .corrupt(file, Corruption(bytes: identity.bytes)) }
        let checksum = checksums.checksum(of: file, identity)
        return checksum == entry.sha256
            ? .ready(file) : .corrupt(file, Corruption(bytes: identity.bytes, sha256: checksum))
    }
}

extension CatalogEntry {
    /// The last part of `file`.
    public var fileName: String { file.split(separator: "/").last.map(String.init) ?? file }
}
