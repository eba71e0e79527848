import AIBoxAPI
import Foundation
import NIOCore
import ServiceClients

/// A `multipart/form-data` body (RFC 7578) that is read part by part while it comes: of a part of any size a few
/// chunks are in memory. For one that fits into memory see `MultipartForm`.
///
/// To be used by one task at a time: first the small parts, then the content of the last one as a stream.
public final class MultipartReader: @unchecked Sendable {  // safe: calls come one after the other, see above
    public struct Head: Sendable, Equatable {
        public let name: String
        /// As the client gave it; it decides nothing.
        public let fileName: String?
    }

    /// Bytes before the first delimiter.
    private static let maximumPreamble = 8192

    private let read: () async throws -> ByteBuffer?
    private let delimiter: [UInt8]
    private var buffer = ByteBuffer(string: "\r\n")
    private var parts = 0
    private var isInPart = true
    private var isPreamble = true

    /// - Parameter contentType: the header of the request, which names the boundary.
    /// - Throws: `Problem` 400 for a boundary that is none.
    public init(_ content: ByteStream, contentType: String) throws(Problem) {
        var iterator = content.makeAsyncIterator()
        read = { try await iterator.next() }
        delimiter = Array("\r\n--\(try MultipartForm.boundary(of: contentType))".utf8)
    }

    /// The next part, whose content `next()` reads; `nil` behind the last. What is left of the part before is skipped.
    ///
    /// - Throws: `Problem` 400 for what is no such body, 413 for more than 64 parts.
    public func nextPart() async throws -> Head? {
        var skipped = 0
        while let piece = try await next() {
            skipped += piece.readableBytes
            guard !isPreamble || skipped <= Self.maximumPreamble else { throw Problem.badRequest(Self.noBoundary) }
        }
        isPreamble = false
        if try await starts(with: "--") { return nil }
        while true {
            let (isSpace, isTab) = (try await starts(with: " "), try await starts(with: "\t"))
            guard isSpace || isTab else { break }
            buffer.moveReaderIndex(forwardBy: 1)
        }
        guard try await starts(with: "\r\n") else { throw Problem.badRequest("A boundary is not alone on its line.") }
        parts += 1
        guard parts <= MultipartForm.maximumParts else {
            throw Problem.tooLarge("The form has more than \(MultipartForm.maximumParts) parts.")
        }
        let head = try await takeHead()
        isInPart = true
        return head
    }

    /// The next bytes of the present part; `nil` at its end.
    public func next() async throws -> ByteBuffer? {
        guard isInPart else { return nil }
        while true {
            if let place = buffer.firstPlace(of: delimiter) {
                if place > 0 { return buffer.readSlice(length: place) }
                buffer.moveReaderIndex(forwardBy: delimiter.count)
                isInPart = false
                return nil
            }
            // What is left may be the beginning of a delimiter.
            let length = buffer.readableBytes - delimiter.count + 1
            if length > 0 { return buffer.readSlice(length: length) }
            try await fill()
        }
    }

    /// The whole content of the present part.
    ///
    /// - Throws: `Problem` 413 when it has more than `limit` bytes.
    public func content(limit: Int) async throws -> ByteBuffer {
        var content = ByteBuffer()
        while var piece = try await next() {
            content.writeBuffer(&piece)
            guard content.readableBytes <= limit else {
                throw Problem.tooLarge("A part of the form has more than \(limit) bytes.")
            }
        }
        return content
    }

    private static let noBoundary = "The body does not contain the boundary that its Content-Type names."

    /// Reads the header that begins at the line end before it, and stands behind it then.
    private func takeHead() async throws -> Head {
        let end = Array("\r\n\r\n".utf8)
        while buffer.firstPlace(of: end) == nil {
            guard buffer.readableBytes <= MultipartForm.maximumHeader else {
                throw Problem.badRequest("A part's header is longer than \(MultipartForm.maximumHeader) bytes.")
            }
            try await fill()
        }
        let length = buffer.firstPlace(of: end) ?? 0
        let text = buffer.readString(length: length) ?? ""
        // A part without content may share the CRLF that ends its header with the delimiter.
        buffer.moveReaderIndex(forwardBy: 2)
        if !(try await starts(with: String(decoding: delimiter, as: UTF8.self))) {
            buffer.moveReaderIndex(forwardBy: 2)
        }
        for line in text.split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw Problem.badRequest("A part's header has a line without a colon.") }
            guard parts[0].lowercased() == "content-disposition" else { continue }
            let disposition = HeaderValue(String(parts[1]))
            guard disposition.value == "form-data", let name = disposition["name"] else { break }
            return Head(name: name, fileName: disposition["filename"])
        }
        throw Problem.badRequest("A part has no name (Content-Disposition: form-data; name=\"…\").")
    }

    /// - Throws: `Problem` 400 when there is nothing more.
    private func fill() async throws {
        guard var chunk = try await read() else {
            throw Problem.badRequest(isPreamble ? Self.noBoundary : "The body ends before its final boundary.")
        }
        buffer.discardReadBytes()
        buffer.writeBuffer(&chunk)
    }

    private func starts(with text: String) async throws -> Bool {
        while buffer.readableBytes < text.utf8.count { try await fill() }
        return buffer.readableBytesView.starts(with: text.utf8)
    }
}
