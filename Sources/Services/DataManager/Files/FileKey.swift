import AIBoxAPI
import Storage

/// Where the content of a file is: `files/<the identifier's first 6 digits>/<identifier>`. Keys are ordered as the
/// identifiers are, and a folder has the files of 4.7 hours (2²⁴ ms).
enum FileKey {
    private static let folder = "files/"

    static func make(_ id: UUIDv7) throws(StorageError) -> BlobKey {
        let text = id.description
        return try BlobKey("\(folder)\(text.prefix(6))/\(text)")
    }

    static func id(of key: BlobKey) throws -> UUIDv7? {
        guard let name = key.description.split(separator: "/").last, let id = UUIDv7(String(name)) else { return nil }
        return try make(id) == key ? id : nil
    }

    /// The rows that name blobs, for `BlobScrub`.
    static func known(in database: any SQLDatabase) -> KnownBlobs {
        KnownBlobs(
            page: { after, limit in try await database.read { try page(after: after, limit: limit, $0) } },
            contains: { key in
                guard let id = try id(of: key) else { return false }
                return try await database.read { try StoredFile.find(id, $0) } != nil
            })
    }

    private static func page(after: BlobKey?, limit: Int, _ db: any SQLSession) throws -> [KnownBlob] {
        var (last, known): (UUIDv7?, [KnownBlob]) = (try after.flatMap(id(of:)), [])
        // A key that is none of ours has to be passed first; there is no such key unless somebody put it there.
        repeat {
            var filter = RowFilter()
            filter.add("id > ?", last)
            let select = "SELECT id, sha256 FROM files \(filter.clause) ORDER BY id LIMIT ?"
            let rows = try db.rows(select, filter.arguments + [limit])
            for row in rows {
                let id: UUIDv7 = try row.get("id")
                last = id
                let key = try make(id)
                guard after.map({ $0 < key }) ?? true else { continue }
                known.append(
                    KnownBlob(key: key, checksum: ContentChecksum(hexadecimal: try row.get("sha256", as: String.self))))
            }
            if rows.count < limit { break }
        } while known.count < limit
        return Array(known.prefix(limit))
    }
}
