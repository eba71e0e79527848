import NIOCore

/// Bytes under names of ours: pictures, clips, reports, models. Two implementations: `FolderBlobStore` and
/// `S3BlobStore`.
///
/// A row that names a blob commits after `put` has returned, and is gone before `delete` is called: then a row never
/// lacks its blob, and what a crash leaves behind is a blob without a row, which `BlobScrub` finds.
///
/// All calls throw `StorageError`, and `CancellationError` to a caller that was cancelled; `.busy` says that more calls
/// are under way than the store allows.
public protocol BlobStore: Sendable {
    /// Stores `content` under `key` and returns once it survives a power failure. Bodies of any size pass in bounded
    /// memory. Whatever is thrown, nothing can be read under `key` but what was there before.
    ///
    /// - Parameter replacing: whether other content may be there already. Without it the same content again is fine.
    /// - Throws: `.conflict` when other content is there, durably; `.tooLarge` beyond the content's limit; `.invalid` when its
    ///   length is not the expected one; `.full`; `.outcomeUnknown` when it may be stored (repeating is safe); and what
    ///   the content itself throws.
    func put(_ key: BlobKey, _ content: BlobContent, replacing: Bool) async throws -> BlobDescription

    /// Opens a blob. Its bytes are read as they are asked for; a whole read is verified, and one that is damaged throws
    /// `.damaged` in place of the last chunk.
    ///
    /// - Throws: `.notFound`; `.invalid` when not one byte of `range` exists; `.damaged`.
    func get(_ key: BlobKey, range: ByteRange?) async throws -> Blob

    /// What is stored, without its bytes.
    func head(_ key: BlobKey) async throws -> BlobDescription

    /// Removes a blob for good; that there is none is no error.
    func delete(_ key: BlobKey) async throws

    /// The blobs whose keys begin with `prefix`, ordered by the bytes of their keys.
    ///
    /// - Parameters:
    ///   - after: only keys behind this one.
    ///   - limit: the most entries returned (1–1000); fewer say that there are no more.
    func list(prefix: String, after: BlobKey?, limit: Int) async throws -> [BlobEntry]

    /// An address from which anyone may read the blob until `lifetime` is over; `nil` when clients cannot reach the
    /// store and the caller has to pass the bytes on.
    ///
    /// - Parameter contentType: what the answer calls itself.
    func link(_ key: BlobKey, lifetime: Duration, contentType: String) throws -> String?

    /// Removes what puts that never ended have left behind.
    ///
    /// - Parameter age: what is younger may still be under way.
    /// - Returns: how many were removed.
    func removeUnfinished(olderThan age: Duration) async throws -> Int

    /// Whether the store answers, and how much space it has left, if it knows.
    func check() async throws -> BlobSpace?

    /// Lets go of threads and connections. Later calls throw `.closed`.
    func close() async
}

extension BlobStore {
    public func put(_ key: BlobKey, _ content: BlobContent) async throws -> BlobDescription {
        try await put(key, content, replacing: false)
    }

    public func get(_ key: BlobKey) async throws -> Blob { try await get(key, range: nil) }

    /// The whole blob, verified.
    ///
    /// - Throws: as `get`, and `.tooLarge` when it has more than `limit` bytes.
    public func getAll(_ key: BlobKey, limit: Int) async throws -> ByteBuffer {
        let blob = try await get(key, range: nil)
        guard blob.description.bytes <= limit else {
            throw StorageError(.tooLarge, "blob \(key) has \(blob.description.bytes) bytes, more than \(limit)")
        }
        var whole = ByteBufferAllocator().buffer(capacity: blob.description.bytes)
        for try await var chunk in blob.bytes { whole.writeBuffer(&chunk) }
        return whole
    }
}
