import AsyncHTTPClient
import NIOCore

/// What the head of an answer says about an object, and its body.
enum S3Object {
    /// The field that carries the SHA-256 of the content.
    static let checksumField = "x-amz-meta-sha256"

    /// - Parameter isPart: whether a range was asked for.
    /// - Throws: `.damaged` when the object was not stored by us; `.unavailable` when the answer is none.
    static func opened(
        _ key: BlobKey, _ response: HTTPClientResponse, isPart: Bool
    ) throws(StorageError) -> (description: BlobDescription, part: Range<Int>) {
        guard let checksum = response.headers.first(name: checksumField).flatMap({ ContentChecksum(hexadecimal: $0) })
        else { throw StorageError(.damaged, "blob \(key) was stored without a checksum") }
        let length = response.headers.first(name: "content-length").flatMap { Int($0) }
        let place = isPart ? part(response.headers.first(name: "content-range") ?? "") : length.map { (0..<$0, $0) }
        guard let (part, bytes) = place, length == nil || length == part.count else {
            throw StorageError(.unavailable, "the S3 server does not say which part of blob \(key) it sends")
        }
        return (BlobDescription(key: key, bytes: bytes, checksum: checksum), part)
    }

    /// The body's chunks; a connection that breaks throws `.unavailable`.
    static func body(_ response: HTTPClientResponse) -> BlobBytes {
        BlobBytes {
            var iterator = response.body.makeAsyncIterator()
            return {
                do { return try await iterator.next() } catch {
                    var mayHaveArrived = true
                    throw try S3Failure(error, isRead: true, mayHaveArrived: &mayHaveArrived).error
                }
            }
        }
    }

    /// Reads `bytes 2-5/10` (RFC 9110, section 14.4).
    static func part(_ field: String) -> (Range<Int>, Int)? {
        guard field.hasPrefix("bytes ") else { return nil }
        let numbers = field.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        let ends = numbers[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, ends.count == 2, let first = ends[0], let last = ends[1], let bytes = Int(numbers[1]),
            first >= 0, last >= first, last < bytes
        else { return nil }
        return (first..<(last + 1), bytes)
    }
}
