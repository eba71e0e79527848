import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// What every store of blobs does.
@Suite(.runningS3) struct BlobStoreContract {
    @Test(.enabled(if: TestS3.isPresent, "\(TestS3.absence)"))
    func bothImplementationsAreHeldToIt() {
        #expect(BlobStoreKind.present == BlobStoreKind.allCases)
    }

    @Test(arguments: BlobStoreKind.present, [0, 1, 255, 65_535, 65_536, 65_537, 131_072, 300_000])
    func whatIsPutIsRead(kind: BlobStoreKind, count: Int) async throws {
        try await kind.withStore { store in
            let (whole, streamed) = (try BlobKey("a/whole.bin"), try BlobKey("a/streamed.bin"))
            let content = ByteBuffer.noise(count)
            let expected = ContentChecksum(of: content)
            let put = try await store.put(whole, BlobContent(content))
            #expect(put == BlobDescription(key: whole, bytes: count, checksum: expected))
            _ = try await store.put(streamed, BlobContent(Chunks(buffer: content), limit: count, expectedBytes: count))
            for key in [whole, streamed] {
                #expect(try await store.head(key) == BlobDescription(key: key, bytes: count, checksum: expected))
                #expect(try await store.getAll(key, limit: count) == content)
            }
            #expect(try await store.list(prefix: "", after: nil, limit: 9).map(\.bytes) == [count, count])
            #expect(try await store.removeUnfinished(olderThan: .zero) == 0, "nothing is left beside")
        }
    }

    @Test(arguments: BlobStoreKind.present, [100, 200_000])
    func theSameContentAgainIsFineAndOtherIsAConflict(kind: BlobStoreKind, count: Int) async throws {
        try await kind.withStore { store in
            let key = try BlobKey("k")
            let (first, second) = (ByteBuffer.noise(count, seed: 1), ByteBuffer.noise(count, seed: 2))
            _ = try await store.put(key, BlobContent(first))
            _ = try await store.put(key, BlobContent(first))
            #expect(await blobFailure { _ = try await store.put(key, BlobContent(second)) } == .conflict)
            #expect(try await store.getAll(key, limit: count) == first)
            _ = try await store.put(key, BlobContent(second), replacing: true)
            #expect(try await store.getAll(key, limit: count) == second)
            #expect(try await store.removeUnfinished(olderThan: .zero) == 0)
        }
    }

    @Test(arguments: BlobStoreKind.present, [50_000, 200_000])
    func aBodyBeyondItsLimitFailsWhileItArrivesAndLeavesNothing(kind: BlobStoreKind, limit: Int) async throws {
        try await kind.withStore { store in
            let key = try BlobKey("k")
            let seen = Mutex(0)
            let body = Chunks(buffer: .noise(1_000_000)) { number in seen.withLock { $0 = number } }
            #expect(await blobFailure { _ = try await store.put(key, BlobContent(body, limit: limit)) } == .tooLarge)
            #expect(seen.withLock { $0 } == limit / body.size, "no chunk is asked for after the one too many")
            try await expectNothing(in: store, key)
        }
    }

    @Test(arguments: BlobStoreKind.present, [50_000, 200_000])
    func aBodyThatBreaksOffOrHasAnotherLengthLeavesNothing(kind: BlobStoreKind, count: Int) async throws {
        try await kind.withStore { store in
            let key = try BlobKey("k")
            let body = Chunks(buffer: .noise(count))
            await #expect(throws: Chunks.Broken.self) {
                var broken = body
                broken.breaks = true
                _ = try await store.put(key, BlobContent(broken, limit: .max))
            }
            for announced in [count - 1, count + 1] {
                let content = BlobContent(body, limit: .max, expectedBytes: announced)
                #expect(await blobFailure { _ = try await store.put(key, content) } == .invalid)
            }
            try await expectNothing(in: store, key)
        }
    }

    @Test(arguments: BlobStoreKind.present)
    func aPutThatIsCancelledLeavesNothing(kind: BlobStoreKind) async throws {
        try await kind.withStore { store in
            let key = try BlobKey("k")
            let (reached, signal) = AsyncStream<Void>.makeStream()
            let body = Chunks(buffer: .noise(1_000_000)) { number in
                guard number == 20 else { return }
                signal.finish()
                // Ends only by the cancellation.
                for await _ in AsyncStream<Void>.makeStream().stream {}
                try Task.checkCancellation()
            }
            let put = Task { try await store.put(key, BlobContent(body, limit: .max)) }
            for await _ in reached {}
            put.cancel()
            await #expect(throws: CancellationError.self) { try await put.value }
            try await expectNothing(in: store, key)
        }
    }

    @Test(arguments: BlobStoreKind.present)
    func rangesAreSlicesOfTheContent(kind: BlobStoreKind) async throws {
        try await kind.withStore { store in
            let key = try BlobKey("k")
            let content = ByteBuffer.noise(100_000)
            let description = try await store.put(key, BlobContent(content))
            let ranges: [ByteRange] = [
                .from(0), .from(99_999), .between(0, 0), .between(5, 70_000), .between(90_000, 200_000), .last(1),
                .last(50_000), .last(1_000_000),
            ]
            for range in ranges {
                let part = try #require(range.resolved(in: 100_000))
                let blob = try await store.get(key, range: range)
                #expect(blob.range == part && blob.description == description)
                var bytes = ByteBuffer()
                for try await var chunk in blob.bytes { bytes.writeBuffer(&chunk) }
                #expect(bytes == content.getSlice(at: part.lowerBound, length: part.count), "\(range)")
            }
            for range in [ByteRange.from(100_000), .between(100_000, 100_001)] {
                #expect(await blobFailure { _ = try await store.get(key, range: range) } == .invalid, "\(range)")
            }
        }
    }

    @Test(arguments: BlobStoreKind.present)
    func whatIsNotThereIsNotFoundAndMayBeDeleted(kind: BlobStoreKind) async throws {
        try await kind.withStore { store in
            let key = try BlobKey("a/b/c")
            try await store.delete(key)
            try await expectNothing(in: store, key)
            _ = try await store.put(key, BlobContent(.noise(10)))
            try await store.delete(key)
            try await store.delete(key)
            try await expectNothing(in: store, key)
            _ = try await store.put(key, BlobContent(.noise(11)))
            #expect(try await store.head(key).bytes == 11)
        }
    }

    @Test(arguments: BlobStoreKind.present)
    func moreThanTheLimitIsNotReadAtOnce(kind: BlobStoreKind) async throws {
        try await kind.withStore { store in
            let key = try BlobKey("k")
            _ = try await store.put(key, BlobContent(.noise(1000)))
            #expect(await blobFailure { _ = try await store.getAll(key, limit: 999) } == .tooLarge)
        }
    }

    @Test(arguments: BlobStoreKind.present)
    func aListIsOrderedByKeysAndGoesOnWhereItEnded(kind: BlobStoreKind) async throws {
        try await kind.withStore { store in
            var keys = try ["a", "a/b", "a-b", "a.b", "a0", "a/b/c", "a/b.c", "b", "b/x", "b/y", "z/z/z"].map(
                BlobKey.init)
            keys.sort()
            for key in keys.shuffled() { _ = try await store.put(key, BlobContent(.noise(key.description.count))) }
            for limit in [1, 3, 4, 1000] {
                for prefix in ["", "a", "a/", "a/b", "b/y", "c", "z/z"] {
                    let wanted = keys.filter { $0.description.hasPrefix(prefix) }
                    var found: [BlobEntry] = []
                    while true {
                        let page = try await store.list(prefix: prefix, after: found.last?.key, limit: limit)
                        found += page
                        if page.count < limit { break }
                    }
                    #expect(found.map(\.key) == wanted, "prefix '\(prefix)', \(limit) at once")
                    #expect(found.allSatisfy { $0.bytes == $0.key.description.count })
                }
            }
            let between = try await store.list(prefix: "", after: try BlobKey("a/bb"), limit: 1)
            #expect(between.map(\.key.description) == ["a0"])
            let now = Date.now.timeIntervalSince1970
            let first = try #require(between.first)
            #expect(abs(Double(first.modified.milliseconds) / 1000 - now) < 60)
        }
    }

    @Test(arguments: BlobStoreKind.present)
    func ofManyAtOnceWithOtherContentOneWins(kind: BlobStoreKind) async throws {
        // Without conditional writes the server cannot decide.
        guard kind != .s3Plain else { return }
        try await kind.withStore { store in
            for round in 0..<5 {
                let key = try BlobKey("k\(round)")
                let winners = try await withThrowingTaskGroup(of: Int?.self) { group in
                    for seed in 0..<6 {
                        group.addTask {
                            let content = BlobContent(.noise(1000, seed: UInt64(seed / 2)))
                            do {
                                _ = try await store.put(key, content)
                                return seed / 2
                            } catch let error as StorageError where error.code == .conflict { return nil }
                        }
                    }
                    return try await group.reduce(into: Set<Int>()) { if let seed = $1 { $0.insert(seed) } }
                }
                #expect(winners.count == 1)
                let stored = try await store.getAll(key, limit: 1000)
                #expect(stored == .noise(1000, seed: UInt64(winners.first ?? 99)))
            }
        }
    }

    @Test(arguments: BlobStoreKind.present)
    func moreCallsThanAllowedAreRefusedAndNoneAfterTheEnd(kind: BlobStoreKind) async throws {
        try await kind.withStore(callLimit: 1) { store in
            let key = try BlobKey("k")
            let other = try BlobKey("other")
            let body = Chunks(buffer: .noise(10)) { _ in
                // Within the one call that is allowed.
                #expect(await blobFailure { _ = try await store.head(other) } == .busy)
            }
            _ = try await store.put(key, BlobContent(body, limit: 10))
            #expect(try await store.head(key).bytes == 10)
            _ = try await store.check()
            await store.close()
            #expect(await blobFailure { _ = try await store.head(key) } == .closed)
            #expect(await blobFailure { _ = try await store.put(key, BlobContent(.noise(1))) } == .closed)
        }
    }

    private func expectNothing(in store: any BlobStore, _ key: BlobKey) async throws {
        #expect(await blobFailure { _ = try await store.head(key) } == .notFound)
        #expect(await blobFailure { _ = try await store.get(key) } == .notFound)
        #expect(await blobFailure { _ = try await store.get(key, range: .from(0)) } == .notFound)
        #expect(try await store.list(prefix: "", after: nil, limit: 10).isEmpty)
        #expect(try await store.removeUnfinished(olderThan: .zero) == 0, "nothing is left beside")
    }
}
