import AIBoxAPI
import Storage

/// A table whose rows name blobs, and where these are: below a folder, in folders named by the first digits of their
/// identifier, which are its time. So keys are ordered as identifiers are, and no folder has too many names.
struct BlobTable: Sendable {
    /// Contents of files: a folder has those of 4.7 hours (2²⁴ ms).
    static let files = BlobTable(folder: "files/", levels: [6], rows: "SELECT id, bytes, sha256 FROM files WHERE true")
    /// Pictures of inferences: a folder has those of 66 seconds (2¹⁶ ms).
    static let pictures = BlobTable(
        folder: "pictures/", levels: [6, 2],
        rows: "SELECT id, picture_bytes AS bytes, NULL AS sha256 FROM inferences WHERE picture_bytes IS NOT NULL")
    /// In the order of their keys.
    static let all = [files, pictures]

    /// Ends in a slash.
    let folder: String
    /// How many digits name a folder on each level.
    let levels: [Int]
    /// Rows with `id`, `bytes` and `sha256` that name a blob; more conditions may follow.
    let rows: String

    func key(_ id: UUIDv7) throws(StorageError) -> BlobKey {
        var (path, rest) = (folder, id.description[...])
        for count in levels {
            path += "\(rest.prefix(count))/"
            rest = rest.dropFirst(count)
        }
        return try BlobKey("\(path)\(id)")
    }

    func id(of key: BlobKey) throws -> UUIDv7? {
        guard let name = key.description.split(separator: "/").last, let id = UUIDv7(String(name)) else { return nil }
        return try self.key(id) == key ? id : nil
    }

    /// The rows of all tables, for `BlobScrub`.
    static func known(in database: any SQLDatabase) -> KnownBlobs {
        KnownBlobs(
            page: { after, limit in
                var page: [KnownBlob] = []
                for table in all where page.count < limit {
                    let rest = limit - page.count
                    page += try await database.read { try table.page(after: after, limit: rest, $0) }
                }
                return page
            },
            contains: { key in
                for table in all {
                    guard let id = try table.id(of: key) else { continue }
                    return try await database.read { try $0.exists("\(table.rows) AND id = ?", [id]) }
                }
                return try key == BlobOwner.key
            })
    }

    private func page(after: BlobKey?, limit: Int, _ db: any SQLSession) throws -> [KnownBlob] {
        if let after, !after.description.hasPrefix(folder), after.description > folder { return [] }
        var (last, known): (UUIDv7?, [KnownBlob]) = (try after.flatMap(id(of:)), [])
        // A key that is none of ours has to be passed first; there is no such key unless somebody put it there.
        repeat {
            let clause = last == nil ? "" : "AND id > ? "
            let arguments: [any SQLConvertible] = last.map { [$0, limit] } ?? [limit]
            let found = try db.rows("\(rows) \(clause)ORDER BY id LIMIT ?", arguments)
            for row in found {
                let id: UUIDv7 = try row.get("id")
                last = id
                let key = try key(id)
                guard after.map({ $0 < key }) ?? true else { continue }
                let checksum: String? = try row.get("sha256")
                known.append(
                    KnownBlob(
                        key: key, bytes: try row.get("bytes"),
                        checksum: checksum.flatMap { ContentChecksum(hexadecimal: $0) }))
            }
            if found.count < limit { break }
        } while known.count < limit
        return Array(known.prefix(limit))
    }
}
