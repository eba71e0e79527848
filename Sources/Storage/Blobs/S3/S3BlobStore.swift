import AIBoxAPI
import AsyncHTTPClient
import Foundation
import NIOCore

/// Blobs in a bucket of a server that speaks S3's protocol (signature version 4, no SDK).
///
/// Content up to one part is sent in one PUT. More is sent in parts to an object beside, which is then copied to its
/// key: its SHA-256, known only at the end, can so be stored with it, and nobody sees a blob without. Hence the limit
/// of 5 GiB, which is what S3 copies at once. Every body is hashed and signed, so that TLS is advised but the content
/// needs none to arrive whole.
public final class S3BlobStore: BlobStore {
    /// The most bytes of one blob: what S3 copies in one request.
    public static let largestBlob = 5 * 1024 * 1024 * 1024

    let client: S3Client
    let calls: BlobCalls
    var configuration: S3Configuration { client.configuration }

    /// Opens no connection yet.
    ///
    /// - Throws: `.invalid` when the file of authorities cannot be read.
    public init(_ configuration: S3Configuration) throws(StorageError) {
        client = try S3Client(configuration)
        calls = BlobCalls(store: "s3", limit: configuration.callLimit)
    }

    public func put(_ key: BlobKey, _ content: BlobContent, replacing: Bool) async throws -> BlobDescription {
        try await calls.run(.put) { try await write(key, content, replacing: replacing) }
    }

    public func get(_ key: BlobKey, range: ByteRange?) async throws -> Blob {
        try await calls.run(.get) {
            let response = try await missing(key) {
                try await client.open(
                    .init(method: "GET", name: key.description, headers: range.map { ["range": $0.header] } ?? [:]))
            }
            let (description, part) = try S3Object.opened(key, response, isPart: range != nil)
            let bytes = S3Object.body(response)
                .verified(key, count: part.count, checksum: range == nil ? description.checksum : nil) {
                    self.calls.sent($0)
                }
            return Blob(description: description, range: part, bytes: bytes)
        }
    }

    public func head(_ key: BlobKey) async throws -> BlobDescription {
        try await calls.run(.head) { try await description(key) }
    }

    public func delete(_ key: BlobKey) async throws {
        try await calls.run(.delete) {
            do {
                _ = try await client.send(.init(method: "DELETE", name: key.description))
            } catch let error as StorageError where error.code == .notFound {}
        }
    }

    public func list(prefix: String, after: BlobKey?, limit: Int) async throws -> [BlobEntry] {
        try await calls.run(.list) {
            let limit = min(max(1, limit), 1000)
            var entries: [BlobEntry] = []
            var token: String?
            repeat {
                let page = try await page(prefix, after, token, limit - entries.count)
                entries += page.entries
                token = page.next
            } while token != nil && entries.count < limit
            return Array(entries.prefix(limit))
        }
    }

    public func check() async throws -> BlobSpace? {
        try await calls.run(.check) { _ = try await client.send(.init(method: "HEAD")) }
        return nil
    }

    public func close() async {
        guard calls.close() else { return }
        await client.close()
    }

    func description(_ key: BlobKey) async throws -> BlobDescription {
        let response = try await missing(key) {
            try await client.open(.init(method: "HEAD", name: key.description))
        }
        return try S3Object.opened(key, response, isPart: false).description
    }

    private func missing(_ key: BlobKey, _ body: () async throws -> HTTPClientResponse) async throws
        -> HTTPClientResponse
    {
        do { return try await body() } catch let error as StorageError where error.code == .notFound {
            throw StorageError(.notFound, "there is no blob \(key)")
        }
    }

    /// One answer to a listing. What is in the bucket under names that are no keys is passed over.
    private func page(
        _ prefix: String, _ after: BlobKey?, _ token: String?, _ limit: Int
    ) async throws -> (entries: [BlobEntry], next: String?) {
        var query = [
            ("list-type", "2"), ("encoding-type", "url"), ("max-keys", "\(limit)"),
            ("prefix", configuration.prefix + prefix),
        ]
        if let after { query.append(("start-after", configuration.prefix + after.description)) }
        if let token { query.append(("continuation-token", token)) }
        let answer = try await client.ask(.init(method: "GET", query: query))
        let entries = answer.children.filter { $0.name == "Contents" }.compactMap { item -> BlobEntry? in
            guard let name = item["Key"]?.removingPercentEncoding, name.hasPrefix(configuration.prefix),
                let key = try? BlobKey(String(name.dropFirst(configuration.prefix.count))),
                let bytes = item["Size"].flatMap({ Int($0) }),
                let modified = item["LastModified"].flatMap({ Timestamp($0) })
            else { return nil }
            return BlobEntry(key: key, bytes: bytes, modified: modified)
        }
        return (entries, answer["IsTruncated"] == "true" ? answer["NextContinuationToken"] : nil)
    }
}
