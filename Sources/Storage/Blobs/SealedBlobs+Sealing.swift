import NIOCore

extension SealedBlobs {
    /// What one page of `sealPlain` came to.
    public struct SealedPage: Sendable {
        public var sealed = 0
        /// Plain blobs that cannot be read, and stay as they are.
        public var damaged: [BlobKey] = []
        /// Where the next page begins; `nil` after the last one.
        public var next: BlobKey?
    }

    /// Seals the blobs below `prefix` and behind `after` that are plain from before there was a key. A sealed blob takes
    /// the place of the plain one at once; whoever reads meanwhile has the one or the other.
    ///
    /// - Parameter limit: blobs looked at (1–1000).
    public func sealPlain(prefix: String, after: BlobKey?, limit: Int = 200) async throws -> SealedPage {
        var page = SealedPage()
        guard let keys else { return page }
        let entries = try await store.list(prefix: prefix, after: after, limit: limit)
        page.next = entries.count < limit ? nil : entries.last?.key
        for key in entries.map(\.key) {
            try Task.checkCancellation()
            do {
                if try await sealPlain(key, with: keys) { page.sealed += 1 }
            } catch let error as StorageError where error.code == .damaged || error.code == .inputOutput {
                page.damaged.append(key)
            } catch let error as StorageError where error.code == .notFound {}  // deleted meanwhile
        }
        return page
    }

    /// Puts a content in place of what may be there: a plain one, sealed first where there is a key, or one that was
    /// sealed for this key.
    public func replace(_ key: BlobKey, with content: ByteBuffer) async throws {
        let isSealed = SealedValue.isSealed(content.readableBytesView)
        let stored = isSealed ? content : try SealedBlob.seal(content, Self.context(key), with: keys)
        _ = try await store.put(key, BlobContent(stored), replacing: true)
    }

    private func sealPlain(_ key: BlobKey, with keys: KeyRing) async throws -> Bool {
        if SealedValue.isSealed(try await head(key).bytes.readableBytesView) { return false }
        let plain = try await store.get(key)
        let sealed = plain.bytes.sealed(Self.context(key), with: keys)
        _ = try await store.put(key, BlobContent(sealed, limit: .max), replacing: true)
        return true
    }
}
