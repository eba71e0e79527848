import AIBoxAPI
import NIOCore

/// A multipart upload under way.
struct S3Upload: Sendable {
    private let client: S3Client
    /// Of the object that it becomes.
    let name: String
    private let identifier: String

    static func begin(_ client: S3Client, name: String) async throws -> S3Upload {
        let answer = try await client.ask(.init(method: "POST", name: name, query: [("uploads", "")]))
        guard let identifier = answer["UploadId"], !identifier.isEmpty else {
            throw StorageError(.unavailable, "the S3 server begins an upload without naming it")
        }
        return S3Upload(client: client, name: name, identifier: identifier)
    }

    /// - Returns: the part's entity tag.
    func send(_ part: ByteBuffer, number: Int) async throws -> String {
        let query = [("partNumber", "\(number)"), ("uploadId", identifier)]
        let response = try await client.send(.init(method: "PUT", name: name, query: query, body: part))
        guard let tag = response.headers.first(name: "etag"), tag.utf8.count <= 200 else {
            throw StorageError(.unavailable, "the S3 server takes a part without naming it")
        }
        return tag
    }

    /// - Parameter bytes: of all parts, to recognise the object when the answer to an earlier try was lost.
    func complete(_ tags: [String], bytes: Int) async throws {
        let parts = tags.enumerated().map {
            "<Part><PartNumber>\($0 + 1)</PartNumber><ETag>\(Self.escaped($1))</ETag></Part>"
        }
        let body = ByteBuffer(string: "<CompleteMultipartUpload>\(parts.joined())</CompleteMultipartUpload>")
        do {
            _ = try await client.ask(
                .init(
                    method: "POST", name: name, query: [("uploadId", identifier)],
                    headers: ["content-type": "application/xml"], body: body,
                    deadline: client.configuration.assemblyDeadline))
        } catch let error as StorageError where error.code == .notFound {
            let response = try await client.send(.init(method: "HEAD", name: name))
            guard response.headers.first(name: "content-length") == "\(bytes)" else { throw error }
        }
    }

    /// Removes the parts and the object, as far as the server lets it; `removeAll` finds what is left. Also for a
    /// caller that was cancelled.
    func remove() async {
        // A task of its own, awaited here: requests of a cancelled one are not sent.
        await Task {
            _ = try? await client.send(.init(method: "DELETE", name: name, query: [("uploadId", identifier)]))
            _ = try? await client.send(.init(method: "DELETE", name: name))
        }.value
    }

    /// Removes uploads and finished objects that were begun before `moment`.
    static func removeAll(_ client: S3Client, below prefix: String, before moment: Timestamp) async throws -> Int {
        let prefix = client.configuration.prefix + prefix
        var count = 0
        let uploads = try await client.ask(.init(method: "GET", query: [("uploads", ""), ("prefix", prefix)]))
        for (name, item) in items(uploads, "Upload", "Initiated", client, prefix, before: moment) {
            guard let identifier = item["UploadId"] else { continue }
            _ = try await client.send(.init(method: "DELETE", name: name, query: [("uploadId", identifier)]))
            count += 1
        }
        let objects = try await client.ask(.init(method: "GET", query: [("list-type", "2"), ("prefix", prefix)]))
        for (name, _) in items(objects, "Contents", "LastModified", client, prefix, before: moment) {
            _ = try await client.send(.init(method: "DELETE", name: name))
            count += 1
        }
        return count
    }

    /// The old ones of a listing's first page (a thousand); the next scrub takes those behind.
    private static func items(
        _ answer: S3Answer, _ element: String, _ time: String, _ client: S3Client, _ prefix: String,
        before moment: Timestamp
    ) -> [(name: String, item: S3Answer)] {
        answer.children.compactMap { item in
            guard item.name == element, let name = item["Key"], name.hasPrefix(prefix),
                let begun = item[time].flatMap({ Timestamp($0) }), begun < moment
            else { return nil }
            return (String(name.dropFirst(client.configuration.prefix.count)), item)
        }
    }

    private static func escaped(_ text: String) -> String {
        let entities: [Character: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"]
        return text.map { entities[$0] ?? String($0) }.joined()
    }
}
