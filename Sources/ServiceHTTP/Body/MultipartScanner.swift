import AIBoxAPI
import Foundation
import NIOCore

/// Walks through a multipart body from delimiter to delimiter. Linear in the body's size.
struct MultipartScanner {
    private static let lineEnd = Array("\r\n".utf8)
    private static let headerEnd = Array("\r\n\r\n".utf8)

    private let body: ByteBuffer
    /// `CRLF--boundary`; the first one stands at the beginning of the body without its CRLF.
    private let delimiter: [UInt8]
    /// Relative to the body's reader index.
    private var position = 0

    init(body: ByteBuffer, boundary: String) {
        self.body = body
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    mutating func skipPreamble() throws(Problem) {
        let first = delimiter.dropFirst(2)
        if matches(first, at: 0) {
            position = first.count
        } else if let start = body.firstPlace(of: delimiter) {
            position = start + delimiter.count
        } else {
            throw .badRequest("The body does not contain the boundary that its Content-Type names.")
        }
    }

    /// The part behind the present delimiter; `nil` behind the last.
    mutating func nextPart() throws(Problem) -> MultipartForm.Part? {
        if matches("--".utf8, at: position) { return nil }
        while matches(" ".utf8, at: position) || matches("\t".utf8, at: position) { position += 1 }
        guard matches(Self.lineEnd, at: position) else {
            throw .badRequest(position < body.readableBytes ? "A boundary is not alone on its line." : Self.truncated)
        }
        let name = try takeName()
        guard let end = body.firstPlace(of: delimiter, from: max(0, position - 2)) else {
            throw .badRequest(Self.truncated)
        }
        // A part without content may share the CRLF that ends its header with the delimiter.
        let start = min(position, end)
        position = end + delimiter.count
        guard let content = body.getSlice(at: body.readerIndex + start, length: end - start) else {
            throw .badRequest(Self.truncated)
        }
        return MultipartForm.Part(name: name, content: content)
    }

    private static let truncated = "The body ends before its final boundary."

    /// Reads the header that begins at the line end before it, stands behind it, and returns the name it gives.
    private mutating func takeName() throws(Problem) -> String {
        let limit = MultipartForm.maximumHeader
        guard let end = body.firstPlace(of: Self.headerEnd, from: position, within: limit + Self.headerEnd.count) else {
            throw .badRequest(
                body.readableBytes - position > limit
                    ? "A part's header is longer than \(limit) bytes." : Self.truncated)
        }
        guard let text = body.getString(at: body.readerIndex + position, length: end - position) else {
            throw .badRequest(Self.truncated)
        }
        position = end + Self.headerEnd.count
        var disposition: HeaderValue?
        for line in text.split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw .badRequest("A part's header has a line without a colon.") }
            if parts[0].lowercased() == "content-disposition" { disposition = HeaderValue(String(parts[1])) }
        }
        guard let name = disposition?["name"], disposition?.value == "form-data" else {
            throw .badRequest("A part has no name (Content-Disposition: form-data; name=\"…\").")
        }
        return name
    }

    private func matches(_ bytes: some Collection<UInt8>, at offset: Int) -> Bool {
        offset + bytes.count <= body.readableBytes
            && body.withUnsafeReadableBytes { $0[offset..<offset + bytes.count].elementsEqual(bytes) }
    }
}
