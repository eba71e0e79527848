import AIBoxAPI
import NIOCore

/// What is stored under a key.
public struct BlobDescription: Sendable, Hashable {
    public let key: BlobKey
    public let bytes: Int
    /// Of the whole content.
    public let checksum: ContentChecksum
}

/// An opened blob.
public struct Blob: Sendable {
    public let description: BlobDescription
    /// The part that `bytes` delivers, as offsets into the whole.
    public let range: Range<Int>
    /// To be read once.
    public let bytes: BlobBytes
}

/// A blob as a listing names it.
public struct BlobEntry: Sendable, Hashable {
    public let key: BlobKey
    public let bytes: Int
    /// When it was stored, by the store's clock.
    public let modified: Timestamp
}

/// Space of the disk below a store, in bytes.
public struct BlobSpace: Sendable, Hashable {
    public let free: Int
    public let total: Int
}

/// What is to be stored.
public struct BlobContent: Sendable {
    let bytes: BlobBytes
    /// The most bytes taken.
    let limit: Int
    let expectedBytes: Int?
    /// For stores whose links are read by browsers; nobody else asks for it.
    let contentType: String?

    /// Bytes that are in memory.
    public init(_ buffer: ByteBuffer, contentType: String? = nil) {
        bytes = BlobBytes(buffer)
        limit = buffer.readableBytes
        expectedBytes = buffer.readableBytes
        self.contentType = contentType
    }

    /// Bytes that arrive.
    ///
    /// - Parameters:
    ///   - limit: the most bytes taken; more fail as `.tooLarge` while they arrive.
    ///   - expectedBytes: how many have been announced; another number fails as `.invalid`.
    public init<Bytes: AsyncSequence & Sendable>(
        _ stream: Bytes, limit: Int, expectedBytes: Int? = nil, contentType: String? = nil
    ) where Bytes.Element == ByteBuffer {
        bytes = BlobBytes(stream)
        self.limit = limit
        self.expectedBytes = expectedBytes
        self.contentType = contentType
    }
}
