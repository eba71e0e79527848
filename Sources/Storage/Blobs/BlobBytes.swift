import NIOCore

/// Chunks of bytes, each read when it is asked for: whoever reads slowly slows the source. To be iterated once.
public struct BlobBytes: AsyncSequence, Sendable {
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let read: () async throws -> ByteBuffer?

        public mutating func next() async throws -> ByteBuffer? { try await read() }
    }

    private let makeRead: @Sendable () -> () async throws -> ByteBuffer?

    /// - Parameter makeRead: makes what returns the next chunk, and `nil` after the last one.
    init(reading makeRead: @escaping @Sendable () -> () async throws -> ByteBuffer?) { self.makeRead = makeRead }

    public init<Source: AsyncSequence & Sendable>(_ source: Source) where Source.Element == ByteBuffer {
        self.init {
            var iterator = source.makeAsyncIterator()
            return { try await iterator.next() }
        }
    }

    public init(_ buffer: ByteBuffer) {
        self.init {
            var rest: ByteBuffer? = buffer
            return {
                defer { rest = nil }
                return rest
            }
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(read: makeRead()) }
}

extension BlobBytes {
    /// These bytes, held against what they should be. The chunk that ends them is delivered only if all were right.
    ///
    /// - Parameters:
    ///   - count: how many there should be.
    ///   - checksum: of them all; `nil` when they are a part of something.
    ///   - onChunk: is told the size of each chunk delivered.
    func verified(
        _ key: BlobKey, count: Int, checksum: ContentChecksum?, onChunk: @escaping @Sendable (Int) -> Void
    ) -> BlobBytes {
        BlobBytes {
            let check = BlobCheck(key: key, count: count, checksum: checksum)
            let read = self.makeRead()
            return {
                let chunk = try await read()
                try check.pass(chunk)
                if let chunk { onChunk(chunk.readableBytes) }
                return chunk
            }
        }
    }
}

/// Holds chunks that pass by against what they should be together.
private final class BlobCheck {
    private let key: BlobKey
    private let count: Int
    private let checksum: ContentChecksum?
    private var meter = ContentMeter()
    private var isComplete = false

    init(key: BlobKey, count: Int, checksum: ContentChecksum?) {
        self.key = key
        self.count = count
        self.checksum = checksum
    }

    /// - Parameter chunk: `nil` at the end.
    func pass(_ chunk: ByteBuffer?) throws(StorageError) {
        if let chunk {
            guard chunk.readableBytes <= count - meter.count else {
                throw StorageError(.damaged, "blob \(key) is longer than \(count) bytes")
            }
            meter.add(chunk, hashing: checksum != nil)
        } else if meter.count < count {
            throw StorageError(.unavailable, "blob \(key) ended after \(meter.count) of \(count) bytes")
        }
        guard meter.count == count, !isComplete else { return }
        isComplete = true
        guard let checksum, meter.checksum != checksum else { return }
        throw StorageError(.damaged, "blob \(key) does not have the checksum it was stored with")
    }
}
