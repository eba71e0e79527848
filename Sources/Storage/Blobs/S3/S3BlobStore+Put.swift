import AIBoxAPI
import AsyncHTTPClient
import NIOCore

/// Writing: one request for what fits one part, else parts beside and a copy.
extension S3BlobStore {
    /// Where large blobs are put together, apart from all keys: no key has a capital letter.
    static let incoming = "Incoming/"

    func write(_ key: BlobKey, _ content: BlobContent, replacing: Bool) async throws -> BlobDescription {
        var source = PartReader(content, partBytes: configuration.partBytes)
        guard let first = try await source.next() else {
            return try await place(key, content, ByteBuffer(), try source.meter.finish(content, key), replacing)
        }
        guard first.readableBytes == configuration.partBytes, let second = try await source.next() else {
            return try await place(key, content, first, try source.meter.finish(content, key), replacing)
        }
        return try await writeParts(key, content, [first, second], &source, replacing)
    }

    /// Stores a content that is in memory.
    private func place(
        _ key: BlobKey, _ content: BlobContent, _ body: ByteBuffer, _ description: BlobDescription, _ replacing: Bool
    ) async throws -> BlobDescription {
        let request = S3Client.Request(
            method: "PUT", name: key.description, headers: headers(content, description), body: body)
        try await place(request, description, replacing)
        calls.received(description.bytes)
        return description
    }

    private func writeParts(
        _ key: BlobKey, _ content: BlobContent, _ read: [ByteBuffer], _ source: inout PartReader, _ replacing: Bool
    ) async throws -> BlobDescription {
        let upload = try await S3Upload.begin(client, name: "\(Self.incoming)\(UUIDv7())")
        do {
            var tags: [String] = []
            for part in read { tags.append(try await send(part, tags.count + 1, upload)) }
            while let part = try await source.next() { tags.append(try await send(part, tags.count + 1, upload)) }
            let description = try source.meter.finish(content, key)
            try await upload.complete(tags, bytes: description.bytes)
            var headers = headers(content, description)
            headers["x-amz-copy-source"] = configuration.copySource(upload.name)
            headers["x-amz-metadata-directive"] = "REPLACE"
            try await place(
                .init(
                    method: "PUT", name: key.description, headers: headers, deadline: configuration.assemblyDeadline),
                description, replacing)
            await upload.remove()
            return description
        } catch {
            await upload.remove()
            throw error
        }
    }

    private func send(_ part: ByteBuffer, _ number: Int, _ upload: S3Upload) async throws -> String {
        defer { calls.received(part.readableBytes) }
        return try await upload.send(part, number: number)
    }

    /// Sends the request that gives a content its key, unless the key has it already.
    private func place(
        _ request: S3Client.Request, _ description: BlobDescription, _ replacing: Bool
    ) async throws {
        var request = request
        let isCopy = request.headers["x-amz-copy-source"] != nil
        if !replacing {
            if isCopy || !configuration.hasConditionalWrites, try await isThere(description) { return }
            if configuration.hasConditionalWrites { request.headers["if-none-match"] = "*" }
        }
        do {
            _ = isCopy ? try await copy(request) : try await client.send(request)
        } catch let error as StorageError where error.code == .conflict && !replacing {
            guard try await isThere(description) else { throw error }
        }
    }

    private func copy(_ request: S3Client.Request) async throws -> HTTPClientResponse? {
        _ = try await client.ask(request)
        return nil
    }

    /// Whether the key has this very content.
    ///
    /// - Throws: `.conflict` when it has another.
    private func isThere(_ description: BlobDescription) async throws -> Bool {
        do {
            guard try await self.description(description.key) == description else {
                throw StorageError(.conflict, "blob \(description.key) is there with other content")
            }
            return true
        } catch let error as StorageError where error.code == .notFound {
            return false
        }
    }

    private func headers(_ content: BlobContent, _ description: BlobDescription) -> [String: String] {
        [
            S3Object.checksumField: description.checksum.description,
            "content-type": content.contentType ?? "application/octet-stream",
        ]
    }

    public func removeUnfinished(olderThan age: Duration) async throws -> Int {
        try await calls.run(.delete) {
            let limit = Timestamp(milliseconds: Timestamp.now.milliseconds - Int64(age / .milliseconds(1)))
            return try await S3Upload.removeAll(client, below: Self.incoming, before: limit)
        }
    }
}

/// Gathers chunks to parts of one size, the last one smaller, and counts and hashes them.
private struct PartReader {
    private(set) var meter = ContentMeter()
    private let content: BlobContent
    private let partBytes: Int
    private var source: BlobBytes.AsyncIterator
    private var rest = ByteBuffer()

    init(_ content: BlobContent, partBytes: Int) {
        self.content = content
        self.partBytes = partBytes
        source = content.bytes.makeAsyncIterator()
    }

    mutating func next() async throws -> ByteBuffer? {
        var part = ByteBuffer()
        while part.readableBytes < partBytes {
            if rest.readableBytes == 0 {
                guard let chunk = try await source.next() else { break }
                try meter.add(chunk, of: content)
                guard meter.count <= S3BlobStore.largestBlob else {
                    throw StorageError(.tooLarge, "more than \(S3BlobStore.largestBlob) bytes arrived")
                }
                rest = chunk
            }
            let wanted = min(partBytes - part.readableBytes, rest.readableBytes)
            if part.readableBytes == 0, wanted == rest.readableBytes {
                part = rest
                rest = ByteBuffer()
            } else if var piece = rest.readSlice(length: wanted) {
                part.writeBuffer(&piece)
            }
        }
        return part.readableBytes > 0 ? part : nil
    }
}
