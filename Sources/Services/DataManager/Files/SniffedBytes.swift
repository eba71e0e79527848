import AIBoxAPI
import NIOCore
import ServiceClients
import Storage
import Synchronization

/// A content that passes by and is told by its first bytes; nothing passes of what cannot serve its purpose.
final class SniffedBytes: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private let content: ByteStream
    private let purpose: FilePurpose
    private let found = Mutex(ContentType.unknown)

    init(_ content: ByteStream, as purpose: FilePurpose) {
        self.content = content
        self.purpose = purpose
    }

    /// What it is, once its first bytes have passed.
    var type: ContentType { found.withLock { $0 } }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(content: content.makeAsyncIterator(), owner: self) }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var content: ByteStream.AsyncIterator
        fileprivate let owner: SniffedBytes
        private var hasBegun = false

        fileprivate init(content: ByteStream.AsyncIterator, owner: SniffedBytes) {
            self.content = content
            self.owner = owner
        }

        /// - Throws: `Problem` 415 for what serves another purpose, 422 when there is nothing.
        mutating func next() async throws -> ByteBuffer? {
            if hasBegun { return try await content.next() }
            hasBegun = true
            var head = ByteBuffer()
            while head.readableBytes < ContentType.sniffedBytes, var chunk = try await content.next() {
                head.writeBuffer(&chunk)
            }
            try owner.tell(head)
            return head
        }
    }

    private func tell(_ head: ByteBuffer) throws(Problem) {
        guard head.readableBytes > 0 else { throw .invalid("file", "is empty") }
        let type = ContentType.sniff(head.readableBytesView)
        guard type.purposes.contains(where: { $0.rawValue == purpose.rawValue }) else {
            throw .unsupported("The content is \(type.mediaType), which does not serve as \(purpose.rawValue).")
        }
        found.withLock { $0 = type }
    }
}
