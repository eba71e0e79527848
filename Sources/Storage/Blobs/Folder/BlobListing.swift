import AIBoxAPI

/// Walks the tree of a `BlobFolder` in the order of the keys' bytes, from behind one key, up to a number of entries.
/// Reads the folders on its way whole: one with very many files makes each page slow, so keys should spread.
struct BlobListing {
    static let fileMark: Character = "="

    let prefix: String
    let after: String
    let limit: Int
    private(set) var entries: [BlobEntry] = []

    init(prefix: String, after: String, limit: Int) {
        self.prefix = prefix
        self.after = after
        self.limit = limit
    }

    mutating func walk(_ folder: OpenFolder) throws { try walk(folder, path: "") }

    private mutating func walk(_ folder: OpenFolder, path: String) throws {
        // With its slash a folder sorts as the keys below it do.
        let names = try folder.entries().compactMap { entry -> String? in
            if entry.isFolder { return "\(path)\(entry.name)/" }
            return entry.name.last == Self.fileMark ? "\(path)\(entry.name.dropLast())" : nil
        }
        for name in names.filter(isWanted).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            guard entries.count < limit else { return }
            // What is not there any more was removed meanwhile.
            let last = String(name.dropFirst(path.count))
            if last.hasSuffix("/") {
                if let below = try folder.folder(String(last.dropLast())) { try walk(below, path: name) }
            } else if let status = try folder.status("\(last)\(Self.fileMark)") {
                add(name, status)
            }
        }
    }

    private mutating func add(_ name: String, _ status: OpenFile.Status) {
        guard status.isRegular, let key = try? BlobKey(name) else { return }
        entries.append(
            BlobEntry(
                key: key, bytes: max(0, status.size - BlobFile.trailerBytes),
                modified: Timestamp(milliseconds: status.modified)))
    }

    private func isWanted(_ name: String) -> Bool {
        guard name.last == "/" else {
            return name.hasPrefix(prefix) && after.utf8.lexicographicallyPrecedes(name.utf8)
        }
        return (name.hasPrefix(prefix) || prefix.hasPrefix(name))
            && (after.hasPrefix(name) || after.utf8.lexicographicallyPrecedes(name.utf8))
    }
}
