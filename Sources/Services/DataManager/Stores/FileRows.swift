import AIBoxAPI
import Storage

extension StoredFile {
    /// - Throws: `Problem` 507 when the bytes are beyond the quota, 409 when there is such a file already.
    func insert(quota: Int, _ db: any SQLSession) throws {
        guard try Self.find(id, db) == nil else {
            throw Problem(409, "Conflict", detail: "There is a file with this identifier already.")
        }
        var room = BlobQuota(limit: quota, used: try Self.usedBytes(db))
        do { try room.take(bytes) } catch { throw Problem.quotaFull }
        let insert = """
            INSERT INTO files (id, name, media_type, purpose, bytes, sha256, created_by, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """
        try db.execute(insert, [id, name, mediaType, purpose.rawValue, bytes, sha256, createdBy, createdAt])
        try db.execute("UPDATE file_usage SET bytes = bytes + ?", [bytes])
    }

    static func usedBytes(_ db: any SQLSession) throws -> Int {
        try db.value("SELECT bytes FROM file_usage") ?? 0
    }

    static func find(_ id: UUIDv7, _ db: any SQLSession) throws -> StoredFile? {
        try db.row("SELECT * FROM files WHERE id = ?", [id]).map(StoredFile.init(row:))
    }

    /// Newest first; `before` is the last one of the page before.
    static func page(_ query: FileQuery, before: UUIDv7?, _ db: any SQLSession) throws -> Page<StoredFile> {
        var filter = RowFilter()
        filter.add("purpose = ?", query.purpose?.rawValue)
        return try filter.page(of: "files", before: before, limit: query.limit, db, StoredFile.init(row:), id: \.id)
    }

    /// Whether there was such a file.
    static func delete(_ id: UUIDv7, _ db: any SQLSession) throws -> Bool {
        let deleted = try db.values("DELETE FROM files WHERE id = ? RETURNING bytes", [id], as: Int.self)
        guard let bytes = deleted.first else { return false }
        try db.execute("UPDATE file_usage SET bytes = bytes - ?", [bytes])
        return true
    }

    private init(row: SQLRow) throws {
        guard let purpose = FilePurpose(rawValue: try row.get("purpose")) else {
            throw StorageError(.damaged, "unknown purpose of a file")
        }
        self.init(
            id: try row.get("id"), name: try row.get("name"), mediaType: try row.get("media_type"), purpose: purpose,
            bytes: try row.get("bytes"), sha256: try row.get("sha256"), createdBy: try row.get("created_by"),
            createdAt: try row.get("created_at"))
    }
}

extension Problem {
    static let quotaFull = Problem(
        507, "Insufficient Storage", detail: "The quota for files is used up; delete files or raise it.",
        type: "/problems/quota-full")
}
