import AIBoxAPI
import Hummingbird
import NIOCore

/// Reads a request's body into memory, up to a limit. How slowly it may come is the connection's business
/// (`BodyPace`).
public struct BodyReader: Sendable {
    /// Bytes.
    public let limit: Int
    private let remedy: String?

    /// - Parameter remedy: what whoever sends more can do about it.
    public init(limit: Int, remedy: String? = nil) {
        self.limit = limit
        self.remedy = remedy
    }

    /// The body in one piece. A declared length over the limit is refused before anything is read, a longer chunked
    /// body as soon as it passes the limit.
    ///
    /// - Throws: `Problem` 413, or what ended the body early.
    public func read(_ request: Request) async throws -> ByteBuffer {
        let declared = request.headers[.contentLength].flatMap { Int($0) }
        if let declared, declared > limit { throw tooLarge }
        var chunks = request.body.makeAsyncIterator()
        guard var body = try await chunks.next() else { return ByteBuffer() }
        if let declared, body.readableBytes < declared {
            var whole = ByteBufferAllocator().buffer(capacity: declared)
            whole.writeBuffer(&body)
            body = whole
        }
        while body.readableBytes <= limit, var chunk = try await chunks.next() {
            body.writeBuffer(&chunk)
        }
        guard body.readableBytes <= limit else { throw tooLarge }
        return body
    }

    private var tooLarge: Problem {
        let megabytes = (Double(limit) / 100_000).rounded() / 10
        let advice = remedy.map { "; \($0)" } ?? ""
        return .tooLarge("The body may have at most \(limit) bytes (\(megabytes) MB) here\(advice).")
    }
}
