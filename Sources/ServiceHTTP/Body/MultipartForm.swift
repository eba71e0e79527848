import AIBoxAPI
import Foundation
import NIOCore

/// A `multipart/form-data` body (RFC 7578) that lies in memory. Parts are slices of it: nothing is copied.
///
/// File names and types of parts are neither read nor reported, so that none can decide anything; part names are matched exactly.
public struct MultipartForm: Sendable {
    public struct Part: Sendable {
        public let name: String
        public let content: ByteBuffer
    }

    /// More parts than any form of ours has.
    static let maximumParts = 64
    /// Bytes of one part's header.
    static let maximumHeader = 8192
    /// RFC 2046, section 5.1.1.
    static let maximumBoundary = 70

    public let parts: [Part]

    /// - Parameter contentType: the header of the request, which names the boundary.
    /// - Throws: `Problem` 400 for what is no such body, 413 for more than 64 parts.
    public init(_ body: ByteBuffer, contentType: String) throws(Problem) {
        let boundary = try Self.boundary(of: contentType)
        var scanner = MultipartScanner(body: body, boundary: boundary)
        var parts: [Part] = []
        try scanner.skipPreamble()
        while let part = try scanner.nextPart() {
            guard parts.count < Self.maximumParts else {
                throw .tooLarge("The form has more than \(Self.maximumParts) parts.")
            }
            parts.append(part)
        }
        self.parts = parts
    }

    static func boundary(of contentType: String) throws(Problem) -> String {
        guard let boundary = HeaderValue(contentType)["boundary"], !boundary.isEmpty else {
            throw .badRequest("The Content-Type has no boundary; let your HTTP client write that header.")
        }
        guard boundary.utf8.count <= maximumBoundary else {
            throw .badRequest("The boundary is longer than \(maximumBoundary) characters.")
        }
        guard boundary.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), !boundary.hasSuffix(" ") else {
            throw .badRequest("The boundary has characters that RFC 2046 does not permit.")
        }
        return boundary
    }
}
