import NIOCore
import NIOPosix

/// Blobs as files below a local folder, each with its checksum (`BlobFile`), readable by their owner alone.
///
/// A file is written beside, fsynced, given its name, and its folder fsynced, all before `put` returns. The folder
/// belongs to one process: starting clears what another one would be writing. Needs a file system with hard links.
public final class FolderBlobStore: BlobStore {
    public struct Configuration: Sendable {
        /// Made when it is absent.
        public var path: String
        /// Threads that wait for the disk.
        public var threads = 4
        /// Calls under way at once; one more is refused as `.busy`.
        public var callLimit = 64
        /// Bytes read at once.
        public var chunkBytes = 256 * 1024

        public init(path: String) { self.path = path }
    }

    private let folder: BlobFolder
    private let threads: NIOThreadPool
    private let calls: BlobCalls
    private let chunkBytes: Int

    /// Blocks.
    ///
    /// - Throws: `StorageError` when the folder cannot be made or read.
    public convenience init(_ configuration: Configuration) throws {
        try self.init(configuration, before: { _ in })
    }

    init(_ configuration: Configuration, before: @escaping @Sendable (BlobFolder.Step) throws -> Void) throws {
        do {
            folder = try BlobFolder(path: configuration.path, before: before)
        } catch let error as FileError {
            throw error.storageError
        }
        threads = NIOThreadPool(numberOfThreads: configuration.threads)
        threads.start()
        calls = BlobCalls(store: "folder", limit: configuration.callLimit)
        chunkBytes = configuration.chunkBytes
    }

    public func put(_ key: BlobKey, _ content: BlobContent, replacing: Bool) async throws -> BlobDescription {
        try await calls.run(.put) {
            let (name, file) = try await onThread { try $0.makeIncoming() }
            do {
                let description = try await write(content, key, to: file)
                try await onThread { try $0.place(name, file, description, replacing: replacing) }
                return description
            } catch {
                await dropIncoming(name)
                // Of the path that was made; the blob is not what is missing.
                if let error = error as? StorageError, error.code == .notFound {
                    throw StorageError(.inputOutput, error.message)
                }
                throw error
            }
        }
    }

    public func get(_ key: BlobKey, range: ByteRange?) async throws -> Blob {
        try await calls.run(.get) {
            let (file, description) = try await onThread { try $0.open(key) }
            let part = try description.part(range)
            let bytes = read(file, part)
                .verified(key, count: part.count, checksum: range == nil ? description.checksum : nil) {
                    self.calls.sent($0)
                }
            return Blob(description: description, range: part, bytes: bytes)
        }
    }

    public func head(_ key: BlobKey) async throws -> BlobDescription {
        try await calls.run(.head) { try await onThread { try $0.description(key) } }
    }

    public func delete(_ key: BlobKey) async throws {
        try await calls.run(.delete) { try await onThread { try $0.remove(key) } }
    }

    public func list(prefix: String, after: BlobKey?, limit: Int) async throws -> [BlobEntry] {
        try await calls.run(.list) {
            try await onThread { try $0.list(prefix: prefix, after: after, limit: min(max(1, limit), 1000)) }
        }
    }

    public func link(_ key: BlobKey, lifetime: Duration, contentType: String) throws -> String? { nil }

    public func removeUnfinished(olderThan age: Duration) async throws -> Int {
        try await calls.run(.delete) { try await onThread { try $0.removeIncoming(olderThan: age) } }
    }

    public func check() async throws -> BlobSpace? {
        try await calls.run(.check) { try await onThread { try $0.space } }
    }

    public func close() async {
        guard calls.close() else { return }
        try? await threads.shutdownGracefully()
    }

    private func write(_ content: BlobContent, _ key: BlobKey, to file: OpenFile) async throws -> BlobDescription {
        var meter = ContentMeter()
        for try await chunk in content.bytes {
            try meter.add(chunk, of: content)
            try await onThread { try $0.append(chunk, to: file) }
            calls.received(chunk.readableBytes)
        }
        return try meter.finish(content, key)
    }

    private func read(_ file: OpenFile, _ part: Range<Int>) -> BlobBytes {
        BlobBytes {
            var offset = part.lowerBound
            return {
                let count = min(self.chunkBytes, part.upperBound - offset)
                guard count > 0 else { return nil }
                let start = offset
                let chunk = try await self.onThread { _ in try file.read(at: start, count: count) }
                offset += chunk.readableBytes
                return chunk.readableBytes > 0 ? chunk : nil
            }
        }
    }

    private func dropIncoming(_ name: String) async {
        try? await onThread { $0.dropIncoming(name) }
    }

    /// Runs `body` on a thread of the store, also for a caller that was cancelled: a file is never left half named.
    private func onThread<Value: Sendable>(
        _ body: @escaping @Sendable (BlobFolder) throws -> Value
    ) async throws -> Value {
        let folder = folder
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            threads.submit { state in
                switch state {
                case .active: continuation.resume(returning: Result { try body(folder) })
                case .cancelled:
                    continuation.resume(returning: .failure(StorageError(.closed, "the store of blobs is closed")))
                }
            }
        }
        do { return try result.get() } catch let error as FileError { throw error.storageError }
    }
}

extension BlobDescription {
    /// The offsets that a range means.
    func part(_ range: ByteRange?) throws(StorageError) -> Range<Int> {
        guard let range else { return 0..<bytes }
        guard let part = range.resolved(in: bytes) else {
            throw StorageError(.invalid, "blob \(key) has \(bytes) bytes and none of the range \(range.header)")
        }
        return part
    }
}
