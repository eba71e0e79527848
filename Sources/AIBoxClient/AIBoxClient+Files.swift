import AIBoxAPI
import NIOCore

/// Files that were given to the box, and those that it makes.
extension AIBoxClient {
    /// One page of files, newest first.
    public func files(_ query: FileQuery = FileQuery()) async throws -> Page<StoredFile> {
        var call = Call(.GET, "/files")
        let values: [(String, String?)] = [
            ("purpose", query.purpose?.rawValue), ("limit", "\(query.limit)"), ("cursor", query.cursor),
        ]
        call.query = values.compactMap { name, value in value.map { (name, $0) } }
        return try decode(try await send(call))
    }

    public func file(_ id: UUIDv7) async throws -> StoredFile {
        try decode(try await send(Call(.GET, "/files/\(id)/metadata")))
    }

    /// Stores a file that is in memory. Throws `Problem` 415 when its content does not serve the purpose, 413 and 507
    /// when it is too large.
    public func createFile(
        _ content: ByteBuffer, purpose: FilePurpose, name: String? = nil
    ) async throws -> StoredFile {
        var call = Call(.POST, "/files")
        call.query = [("purpose", purpose.rawValue)]
        if let name { call.query.append(("name", name)) }
        call.headers.add(name: "Content-Type", value: "application/octet-stream")
        call.body = content
        return try decode(try await send(call))
    }

    /// The whole content, at most 128 MB.
    public func fileContent(_ id: UUIDv7) async throws -> ByteBuffer {
        try await send(Call(.GET, "/files/\(id)"))
    }

    public func deleteFile(_ id: UUIDv7) async throws {
        _ = try await send(Call(.DELETE, "/files/\(id)"))
    }
}
