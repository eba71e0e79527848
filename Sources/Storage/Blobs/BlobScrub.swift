import AIBoxAPI

/// What a row says about a blob.
public struct KnownBlob: Sendable, Hashable {
    public let key: BlobKey
    /// Of the plain content.
    public let bytes: Int
    /// Of the plain content; `nil` where the row does not keep it.
    public let checksum: ContentChecksum?

    public init(key: BlobKey, bytes: Int, checksum: ContentChecksum? = nil) {
        self.key = key
        self.bytes = bytes
        self.checksum = checksum
    }
}

/// Where the rows are that name blobs.
public struct KnownBlobs: Sendable {
    /// The known blobs behind a key, ordered by key, as many as are asked for unless there are no more.
    public let page: @Sendable (_ after: BlobKey?, _ limit: Int) async throws -> [KnownBlob]
    /// Whether a blob is known at this moment.
    public let contains: @Sendable (BlobKey) async throws -> Bool

    public init(
        page: @escaping @Sendable (_ after: BlobKey?, _ limit: Int) async throws -> [KnownBlob],
        contains: @escaping @Sendable (BlobKey) async throws -> Bool
    ) {
        self.page = page
        self.contains = contains
    }
}

/// Holds a store against the rows that name its blobs, page by page: reads every known blob, opens it where it is
/// sealed and verifies it, finds those that are missing and those that no row names.
///
/// Puts and deletes may go on meanwhile. A blob without a row is an orphan only once it is older than `grace`, since its
/// row may be about to commit; whether a blob is missing, and whether an orphan may go, is asked a second time.
public struct BlobScrub: Sendable {
    public struct Configuration: Sendable {
        /// Blobs of one page (1–1000).
        public var pageSize = 500
        /// Bytes read each second at most.
        public var bytesPerSecond = 20_000_000
        public var grace = Duration.seconds(24 * 3600)
        public var deletesOrphans = false

        public init() {}
    }

    /// What one page came to.
    public struct Page: Sendable, Equatable {
        public var checkedBlobs = 0
        public var checkedBytes = 0
        /// Content that is not what was stored.
        public var damaged: [BlobKey] = []
        /// Known, but not there.
        public var missing: [BlobKey] = []
        /// There, but not known; deleted when that is wanted.
        public var orphaned: [BlobKey] = []
        /// Where the next page begins; `nil` after the last one.
        public var next: BlobKey?
    }

    private let blobs: SealedBlobs
    private let known: KnownBlobs
    private let configuration: Configuration
    private let pause: @Sendable (Duration) async throws -> Void

    public init(_ blobs: SealedBlobs, known: KnownBlobs, configuration: Configuration = .init()) {
        self.init(blobs, known: known, configuration: configuration) { try await Task.sleep(for: $0) }
    }

    init(
        _ blobs: SealedBlobs, known: KnownBlobs, configuration: Configuration,
        pause: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.blobs = blobs
        self.known = known
        self.configuration = configuration
        self.pause = pause
    }

    /// Scrubs the blobs behind `after`; `nil` begins, and also clears what unfinished puts have left. Whoever keeps
    /// `next` can go on after a restart.
    ///
    /// - Throws: `StorageError` when the store does not answer, and what `known` throws.
    public func page(after: BlobKey?) async throws -> Page {
        if after == nil { _ = try await blobs.store.removeUnfinished(olderThan: configuration.grace) }
        let limit = min(max(1, configuration.pageSize), 1000)
        // First what is there, then what is known: what is put in between is known and not missed.
        var stored = try await blobs.store.list(prefix: "", after: after, limit: limit)
        var rows = try await known.page(after, limit)
        var page = Page()
        page.next = [stored.count < limit ? nil : stored.last?.key, rows.count < limit ? nil : rows.last?.key]
            .compactMap { $0 }.min()
        if let end = page.next {
            stored.removeAll { $0.key > end }
            rows.removeAll { $0.key > end }
        }
        let names = Set(rows.map(\.key))
        for entry in stored where !names.contains(entry.key) { try await judge(entry, &page) }
        for row in rows { try await verify(row, &page) }
        return page
    }

    private func judge(_ entry: BlobEntry, _ page: inout Page) async throws {
        let age = Duration.milliseconds(Timestamp.now.milliseconds - entry.modified.milliseconds)
        guard age > configuration.grace, try await !known.contains(entry.key) else { return }
        page.orphaned.append(entry.key)
        if configuration.deletesOrphans { try await blobs.store.delete(entry.key) }
    }

    private func verify(_ row: KnownBlob, _ page: inout Page) async throws {
        do {
            let bytes = try await blobs.open(row.key, bytes: row.bytes)
            page.checkedBlobs += 1
            var meter = ContentMeter()
            for try await chunk in bytes {
                meter.add(chunk, hashing: row.checksum != nil)
                page.checkedBytes += chunk.readableBytes
                try await pause(.seconds(Double(chunk.readableBytes) / Double(max(1, configuration.bytesPerSecond))))
            }
            if let checksum = row.checksum, checksum != meter.checksum { page.damaged.append(row.key) }
        } catch let error as StorageError where error.code == .damaged || error.code == .inputOutput {
            page.damaged.append(row.key)
        } catch let error as StorageError where error.code == .notFound {
            if try await known.contains(row.key) { page.missing.append(row.key) }
        }
    }
}
