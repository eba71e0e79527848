import AIBoxAPI

/// Links that let a client read or write one blob without credentials.
extension S3BlobStore {
    /// What a client sends to store a blob by itself.
    public struct UploadLink: Sendable {
        /// For PUT.
        public let url: String
        /// To be sent as they are: the server refuses other content.
        public let headers: [String: String]
    }

    private static let longestLifetime = Duration.seconds(7 * 24 * 3600)

    /// - Throws: `.invalid` unless the lifetime is 1 second to 7 days.
    public func link(_ key: BlobKey, lifetime: Duration, contentType: String) throws -> String? {
        let query = [("response-content-type", contentType), ("response-content-disposition", "attachment")]
        return try link("GET", key, query, headers: [:], S3Signature.unsignedPayload, lifetime)
    }

    /// A link by which a client stores a content that it has announced, and no other.
    ///
    /// - Throws: `.invalid` unless the lifetime is 1 second to 7 days.
    public func uploadLink(_ blob: BlobDescription, lifetime: Duration, contentType: String) throws -> UploadLink {
        let checksum = blob.checksum.description
        let headers = [
            S3Object.checksumField: checksum, "x-amz-content-sha256": checksum, "content-type": contentType,
            "content-length": "\(blob.bytes)",
        ]
        return UploadLink(url: try link("PUT", blob.key, [], headers: headers, checksum, lifetime), headers: headers)
    }

    private func link(
        _ method: String, _ key: BlobKey, _ query: [(name: String, value: String)], headers: [String: String],
        _ payload: String, _ lifetime: Duration
    ) throws(StorageError) -> String {
        guard lifetime >= .seconds(1), lifetime <= Self.longestLifetime else {
            throw StorageError(.invalid, "a link lives for 1 second to 7 days")
        }
        let path = configuration.path(configuration.prefix + key.description)
        let request = S3Signature.Request(
            method: method, path: path, query: query,
            headers: headers.merging(["host": configuration.authority]) { $1 })
        let signed = client.signature.linkQuery(
            for: request, payload: payload, seconds: Int(lifetime.components.seconds), at: .now)
        return "\(configuration.origin)\(path)?\(signed)"
    }
}
