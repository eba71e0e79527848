import NIOCore
import Synchronization

/// A store of blobs and the keys that its contents are sealed with. Sizes, ranges and checksums are those of the plain
/// content, whatever lies in the store.
///
/// What is authenticated with a blob is the last part of its key, an identifier that no other blob has: the blob may move
/// to another folder or bucket, and opens nowhere in another's place.
public struct SealedBlobs: Sendable {
    public let store: any BlobStore
    /// `nil`: what is stored stays plain.
    public let keys: KeyRing?

    public init(_ store: any BlobStore, keys: KeyRing?) {
        self.store = store
        self.keys = keys
    }

    /// As `BlobStore.put` without replacing: the same content again is fine, also where it was sealed otherwise.
    ///
    /// - Throws: `.conflict` when other content is there, durably; `.invalid` also for plain content that looks sealed;
    ///   else as `BlobStore.put`.
    public func put(_ key: BlobKey, _ content: BlobContent) async throws -> BlobDescription {
        guard let keys else {
            let plain = content.bytes.sealed(Self.context(key), with: nil)
            return try await store.put(
                key,
                BlobContent(
                    plain, limit: content.limit, expectedBytes: content.expectedBytes, contentType: content.contentType)
            )
        }
        let meter = PlainMeter(content, key)
        let sealed = meter.bytes.sealed(Self.context(key), with: keys)
        do {
            _ = try await store.put(key, BlobContent(sealed, limit: .max))
        } catch let error as StorageError where error.code == .conflict {
            // Two that are sealed are never alike: each has a data key of its own.
            guard let plain = meter.description, try await isThere(plain) else { throw error }
        }
        guard let description = meter.description else {
            throw StorageError(.inputOutput, "blob \(key) was not read to its end")
        }
        return description
    }

    /// Opens the content, or a part of it. Its bytes are read as they are asked for; a whole one is verified to its
    /// end, each sealed segment before it is handed out.
    ///
    /// - Parameters:
    ///   - bytes: of the whole, as the row says that names the blob.
    ///   - range: offsets within the whole, not empty; `nil` for all.
    /// - Throws: as `BlobStore.get`; `.damaged` also when the blob has another size than the row says, or was sealed with
    ///   a key that is not there. Some of it is thrown while the bytes are read.
    public func open(_ key: BlobKey, bytes: Int, range: Range<Int>? = nil) async throws -> BlobBytes {
        if let range, range.count < bytes { return try await part(range, of: key, bytes: bytes) }
        let blob = try await store.get(key)
        guard try [bytes, SegmentLayout(size: bytes).sealedSize].contains(blob.description.bytes) else {
            throw Self.otherSize(blob.description, bytes)
        }
        return opened(blob.bytes.opened(Self.context(key), with: keys))
            .verified(key, count: bytes, checksum: nil, onChunk: { _ in })
    }

    /// The whole content, verified.
    ///
    /// - Parameter bytes: of it, as the row says that names the blob; they are taken into memory.
    public func read(_ key: BlobKey, bytes: Int) async throws -> ByteBuffer {
        var whole = ByteBufferAllocator().buffer(capacity: bytes)
        for try await var chunk in try await open(key, bytes: bytes) { whole.writeBuffer(&chunk) }
        return whole
    }

    static func context(_ key: BlobKey) -> SealContext { .blob(key.parts.last.map(String.init) ?? "") }

    /// The first bytes of a blob, which tell whether it is sealed.
    func head(_ key: BlobKey) async throws -> (description: BlobDescription, bytes: ByteBuffer) {
        let blob = try await store.get(key, range: .between(0, EnvelopeHeader.size - 1))
        var bytes = ByteBuffer()
        for try await var chunk in blob.bytes { bytes.writeBuffer(&chunk) }
        return (blob.description, bytes)
    }

    private func part(_ range: Range<Int>, of key: BlobKey, bytes: Int) async throws -> BlobBytes {
        guard let keys else { return try check(await stored(range, of: key), bytes).bytes }
        let (description, head) = try await head(key)
        if SealedValue.isSealed(head.readableBytesView) {
            let sealed = try sealedBlob(description, head, with: keys)
            guard sealed.layout.size == bytes else { throw Self.otherSize(description, bytes) }
            let segments = try await stored(sealed.layout.sealedRange(of: range), of: key)
            return opened(SealedBytesSequence(base: segments.bytes) { SegmentRangeOpening(sealed, range) })
        }
        let blob = try await stored(PlainBytes.accepted(range, with: keys), of: key)
        // Sealed in between, which happens to a blob once.
        guard blob.description == description else { return try await part(range, of: key, bytes: bytes) }
        return try check(blob, bytes).bytes
    }

    private func stored(_ range: Range<Int>, of key: BlobKey) async throws -> Blob {
        try await store.get(key, range: .between(range.lowerBound, range.upperBound - 1))
    }

    /// A plain blob, held against the size that it should have.
    private func check(_ blob: Blob, _ bytes: Int) throws(StorageError) -> Blob {
        guard blob.description.bytes == bytes else { throw Self.otherSize(blob.description, bytes) }
        return blob
    }

    private static func otherSize(_ description: BlobDescription, _ bytes: Int) -> StorageError {
        StorageError(
            .damaged, "blob \(description.key) has \(description.bytes) bytes, which are not \(bytes), plain or sealed")
    }

    private func sealedBlob(
        _ description: BlobDescription, _ head: ByteBuffer, with keys: KeyRing
    ) throws(StorageError) -> SealedBlob {
        do throws(StorageError) {
            return try SealedBlob(
                head: head.readableBytesView, sealedSize: description.bytes, Self.context(description.key), with: keys)
        } catch {
            throw Self.damage(error)
        }
    }

    private func isThere(_ plain: BlobDescription) async throws -> Bool {
        var meter = ContentMeter()
        do {
            for try await chunk in try await open(plain.key, bytes: plain.bytes) { meter.add(chunk) }
        } catch let error as StorageError where error.code == .damaged {
            return false
        }
        return meter.checksum == plain.checksum
    }

    /// A blob that another key has sealed is another data folder's.
    private func opened(_ bytes: some AsyncSequence<ByteBuffer, any Error> & Sendable) -> BlobBytes {
        BlobBytes {
            var iterator = bytes.makeAsyncIterator()
            return {
                do { return try await iterator.next() } catch let error as StorageError { throw Self.damage(error) }
            }
        }
    }

    /// So is one whose header nobody of this version has written.
    private static func damage(_ error: StorageError) -> StorageError {
        [.denied, .invalid].contains(error.code) ? StorageError(.damaged, error.message) : error
    }
}

/// Counts and hashes a content on its way to be sealed, and holds it against its limits.
private final class PlainMeter: Sendable {
    private let content: BlobContent
    private let key: BlobKey
    private let state = Mutex<(meter: ContentMeter, description: BlobDescription?)>((ContentMeter(), nil))

    init(_ content: BlobContent, _ key: BlobKey) {
        self.content = content
        self.key = key
    }

    /// What has passed; `nil` before all of it has.
    var description: BlobDescription? { state.withLock { $0.description } }

    /// To be iterated once.
    var bytes: BlobBytes {
        BlobBytes {
            var iterator = self.content.bytes.makeAsyncIterator()
            return {
                let chunk = try await iterator.next()
                try self.pass(chunk)
                return chunk
            }
        }
    }

    private func pass(_ chunk: ByteBuffer?) throws(StorageError) {
        try state.withLock { (state) throws(StorageError) in
            if let chunk {
                try state.meter.add(chunk, of: content)
            } else {
                state.description = try state.meter.finish(content, key)
            }
        }
    }
}
