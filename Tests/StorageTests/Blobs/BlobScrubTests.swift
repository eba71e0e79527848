import Foundation
import NIOCore
import Synchronization
import Testing

@testable import Storage

@Suite(.runningS3) struct BlobScrubTests {
    /// Rows in memory.
    private final class Rows: Sendable {
        let keys: Mutex<[BlobKey: ContentChecksum?]>

        init(_ keys: [BlobKey: ContentChecksum?]) { self.keys = Mutex(keys) }

        var known: KnownBlobs {
            KnownBlobs(
                page: { after, limit in
                    self.keys.withLock { keys in
                        keys.keys.sorted().filter { key in after.map { key > $0 } ?? true }.prefix(limit)
                            .map { KnownBlob(key: $0, bytes: 1000, checksum: keys[$0] ?? nil) }
                    }
                }, contains: { key in self.keys.withLock { $0.keys.contains(key) } })
        }
    }

    private func scrub(
        _ store: any BlobStore, _ rows: Rows, _ configuration: BlobScrub.Configuration,
        pause: @escaping @Sendable (Duration) async throws -> Void = { _ in }
    ) async throws -> BlobScrub.Page {
        var whole = BlobScrub.Page()
        repeat {
            // Each page by a scrub of its own, as after a restart.
            let scrub = BlobScrub(
                SealedBlobs(store, keys: nil), known: rows.known, configuration: configuration, pause: pause)
            let page = try await scrub.page(after: whole.next)
            whole.checkedBlobs += page.checkedBlobs
            whole.checkedBytes += page.checkedBytes
            whole.damaged += page.damaged
            whole.missing += page.missing
            whole.orphaned += page.orphaned
            whole.next = page.next
        } while whole.next != nil
        return whole
    }

    @Test(arguments: BlobStoreKind.present, [1, 2, 7, 1000])
    func missingOrphanedAndSwappedBlobsAreFoundWhateverThePage(kind: BlobStoreKind, pageSize: Int) async throws {
        try await kind.withStore { store in
            var rows: [BlobKey: ContentChecksum?] = [:]
            var (missing, orphaned, swapped): ([BlobKey], [BlobKey], [BlobKey]) = ([], [], [])
            for number in 10..<26 {
                let key = try BlobKey("b/\(number)")
                let isMissing = number % 5 == 0
                if !isMissing {
                    let put = try await store.put(key, BlobContent(.noise(1000, seed: UInt64(number))))
                    rows[key] = number % 4 == 0 ? .some(nil) : put.checksum
                }
                if isMissing {
                    missing.append(key)
                    rows[key] = .some(nil)
                } else if number % 7 == 0 {
                    orphaned.append(key)
                    rows[key] = nil
                } else if number % 11 == 0 {
                    swapped.append(key)
                    rows[key] = ContentChecksum(of: .noise(3))
                }
            }
            var configuration = BlobScrub.Configuration()
            (configuration.pageSize, configuration.grace) = (pageSize, .seconds(-10))
            let pauses = Mutex(Duration.zero)
            let found = try await scrub(store, Rows(rows), configuration) { pause in pauses.withLock { $0 += pause } }
            #expect(found.missing == missing && found.orphaned == orphaned && found.damaged == swapped)
            #expect(found.checkedBlobs == rows.count - missing.count && found.checkedBytes == 1000 * found.checkedBlobs)
            let seconds = Double(found.checkedBytes) / Double(configuration.bytesPerSecond)
            #expect(abs(pauses.withLock { $0 } / .seconds(1) - seconds) < 1e-6)
            #expect(try await store.head(orphaned[0]).bytes == 1000, "nothing is deleted unasked")

            configuration.deletesOrphans = true
            #expect(try await scrub(store, Rows(rows), configuration).orphaned == orphaned)
            #expect(try await scrub(store, Rows(rows), configuration).orphaned.isEmpty)
        }
    }

    @Test(arguments: BlobStoreKind.present)
    func aYoungBlobIsNoOrphan(kind: BlobStoreKind) async throws {
        try await kind.withStore { store in
            _ = try await store.put(try BlobKey("young"), BlobContent(.noise(1)))
            var configuration = BlobScrub.Configuration()
            configuration.deletesOrphans = true
            #expect(try await scrub(store, Rows([:]), configuration) == BlobScrub.Page())
            #expect(try await store.list(prefix: "", after: nil, limit: 2).count == 1)
        }
    }

    @Test func aFileThatHasChangedIsDamaged() async throws {
        let folder = try BlobTestFolder()
        try await closing(try FolderBlobStore(.init(path: folder.path))) { store in
            let key = try BlobKey("k")
            _ = try await store.put(key, BlobContent(.noise(1000)))
            let file = URL(filePath: try folder.onlyFile())
            var bytes = try Data(contentsOf: file)
            bytes[500] ^= 1
            try bytes.write(to: file)
            #expect(try await scrub(store, Rows([key: nil]), .init()).damaged == [key])
        }
    }

    @Test func whatIsDeletedMeanwhileIsNotMissing() async throws {
        let folder = try BlobTestFolder()
        try await closing(try FolderBlobStore(.init(path: folder.path))) { store in
            let rows = Rows([try BlobKey("gone"): nil])
            let page = rows.known.page
            let known = KnownBlobs(
                page: { after, limit in
                    defer { rows.keys.withLock { $0 = [:] } }
                    return try await page(after, limit)
                }, contains: rows.known.contains)
            #expect(
                try await BlobScrub(SealedBlobs(store, keys: nil), known: known).page(after: nil) == BlobScrub.Page())
        }
    }
}
