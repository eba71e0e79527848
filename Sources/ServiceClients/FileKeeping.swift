import AIBoxAPI
import NIOCore

/// The part of the data manager that keeps files.
public protocol FileKeeping: Sendable {
    /// Keeps a file; once it has returned, content and row are on the disk. The content passes in bounded memory.
    ///
    /// - Parameter bytes: how many have been announced; `nil`: not known.
    /// - Throws: `Problem` 413 for more bytes than a file may have, 415 when the content is nothing of that purpose, 422
    ///   when the number of bytes is another one than announced, 507 when it is beyond the quota.
    func createFile(_ file: NewFile, _ content: ByteStream, bytes: Int?) async throws -> StoredFile

    func file(_ id: UUIDv7) async throws -> StoredFile?

    /// Newest first, by identifier. An invalid cursor throws 422.
    func files(_ query: FileQuery) async throws -> Page<StoredFile>

    /// Opens the content; `nil`: no such file.
    ///
    /// - Parameter range: the value of a `Range` field (RFC 9110, section 14); what is none is ignored.
    /// - Throws: `Problem` 416 when not one byte of the range exists.
    func content(ofFile id: UUIDv7, range: String?) async throws -> FileContent?

    /// Whether there was such a file.
    func deleteFile(_ id: UUIDv7) async throws -> Bool
}

/// The content of a file, or a part of it.
public struct FileContent: Sendable {
    /// Offsets into the whole.
    public var range: Range<Int>
    /// Bytes of the whole.
    public var total: Int
    public var bytes: ByteStream

    public init(range: Range<Int>, total: Int, bytes: ByteStream) {
        self.range = range
        self.total = total
        self.bytes = bytes
    }

    public var isWhole: Bool { range == 0..<total }
}

/// Chunks of bytes, each read when it is asked for: whoever reads slowly slows the source. To be iterated once.
public struct ByteStream: AsyncSequence, Sendable {
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let read: () async throws -> ByteBuffer?

        public mutating func next() async throws -> ByteBuffer? { try await read() }
    }

    private let makeRead: @Sendable () -> () async throws -> ByteBuffer?

    public init<Source: AsyncSequence & Sendable>(_ source: Source) where Source.Element == ByteBuffer {
        makeRead = {
            var iterator = source.makeAsyncIterator()
            return { try await iterator.next() }
        }
    }

    public init(_ buffer: ByteBuffer) {
        makeRead = {
            var rest = buffer.readableBytes > 0 ? buffer : nil
            return {
                defer { rest = nil }
                return rest
            }
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(read: makeRead()) }
}
