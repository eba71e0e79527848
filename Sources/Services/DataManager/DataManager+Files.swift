import AIBoxAPI
import NIOCore
import ServiceClients
import Storage

extension DataManager {
    public func createFile(_ file: NewFile, _ content: ByteStream, bytes: Int?) async throws -> StoredFile {
        let name = try FieldRules.checked(fileName: file.name)
        let limit = try await room(for: bytes)
        let sniffed = SniffedBytes(content, as: file.purpose)
        let key = try BlobTable.files.key(file.id)
        let stored: BlobDescription
        do {
            stored = try await blobs.put(key, BlobContent(sniffed, limit: limit, expectedBytes: bytes))
        } catch let error as StorageError {
            throw refusal(error, limit: limit)
        }
        let row = StoredFile(
            id: file.id, name: name, mediaType: sniffed.type.mediaType, purpose: file.purpose, bytes: stored.bytes,
            sha256: stored.checksum.description, createdBy: file.createdBy, createdAt: clock())
        do {
            try await write { [fileQuotaBytes] in try row.insert(quota: fileQuotaBytes, $0) }
        } catch {
            // Unless the row may be there all the same. What stays without a row is found by the scrub.
            if error.type != "/problems/outcome-unknown", error.status != 409 { await remove(key) }
            throw error
        }
        return row
    }

    public func file(_ id: UUIDv7) async throws -> StoredFile? {
        try await read { try StoredFile.find(id, $0) }
    }

    public func files(_ query: FileQuery) async throws -> Page<StoredFile> {
        try FieldRules.check(limit: query.limit, in: 1...500)
        let before = try query.cursor.map(PageCursor.id(in:))
        return try await read { try StoredFile.page(query, before: before, $0) }
    }

    public func content(ofFile id: UUIDv7, range: String?) async throws -> FileContent? {
        guard let file = try await file(id) else { return nil }
        var part: Range<Int>?
        if let range = range.flatMap(ByteRange.init(header:)) {
            part = range.resolved(in: file.bytes)
            guard part != nil else {
                throw Problem(416, "Range Not Satisfiable", detail: "The file has \(file.bytes) bytes.")
            }
        }
        do {
            let bytes = try await blobs.open(try BlobTable.files.key(id), bytes: file.bytes, range: part)
            return FileContent(range: part ?? 0..<file.bytes, total: file.bytes, bytes: ByteStream(bytes))
        } catch let error as StorageError where error.code == .notFound {
            // Deleted in between.
            guard try await self.file(id) != nil else { return nil }
            throw blobProblem(StorageError(.damaged, error.message))
        } catch let error as StorageError {
            throw blobProblem(error)
        }
    }

    /// The row goes first: no row ever lacks its content.
    public func deleteFile(_ id: UUIDv7) async throws -> Bool {
        let isDeleted = try await write { try StoredFile.delete(id, $0) }
        guard isDeleted else { return false }
        await remove(try BlobTable.files.key(id))
        return true
    }

    /// The bytes that a file may have now.
    private func room(for bytes: Int?) async throws -> Int {
        let used = try await read { try StoredFile.usedBytes($0) }
        let rest = BlobQuota(limit: fileQuotaBytes, used: used).rest
        if let bytes {
            guard bytes <= maxFileBytes else { throw Self.tooLarge(maxFileBytes) }
            guard bytes <= rest else { throw Problem.quotaFull }
        }
        return min(maxFileBytes, rest)
    }

    private func refusal(_ error: StorageError, limit: Int) -> Problem {
        switch error.code {
        case .tooLarge: limit < maxFileBytes ? .quotaFull : Self.tooLarge(limit)
        case .invalid: .invalid("file", "has another number of bytes than was announced")
        case .conflict: Problem(409, "Conflict", detail: "There is a file with this identifier already.")
        default: blobProblem(error)
        }
    }

    private static func tooLarge(_ limit: Int) -> Problem {
        .tooLarge("A file may have at most \(limit) bytes.")
    }

    private func remove(_ key: BlobKey) async {
        do {
            try await blobs.store.delete(key)
        } catch {
            logger.warning(
                "a deleted file's content stays until the next scrub",
                metadata: ["blob": "\(key)", "error": "\(error)"])
        }
    }
}
