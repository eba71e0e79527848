import Foundation
import NIOCore
import Testing

@testable import Storage

@Suite(.runningS3) struct SealedBlobsTests {
    private static let ring = KeyRing(WrappingKey(), acceptingPlain: true)

    private func read(_ bytes: BlobBytes) async throws -> ByteBuffer {
        var whole = ByteBuffer()
        for try await var chunk in bytes { whole.writeBuffer(&chunk) }
        return whole
    }

    @Test(arguments: BlobStoreKind.present, [false, true])
    func contentComesBackWholeAndInPartsWhateverIsStored(kind: BlobStoreKind, isSealed: Bool) async throws {
        try await kind.withStore { store in
            let blobs = SealedBlobs(store, keys: isSealed ? Self.ring : nil)
            for size in [0, 1, 55, 56, 65_535, 65_536, 65_537, 131_072, 300_000] {
                let (key, content) = (try BlobKey("b/\(size)"), ByteBuffer.noise(size, seed: UInt64(size)))
                let stored = try await blobs.put(
                    key, BlobContent(Chunks(buffer: content), limit: size, expectedBytes: size))
                #expect(stored == BlobDescription(key: key, bytes: size, checksum: ContentChecksum(of: content)))
                let inStore = try await store.head(key).bytes
                #expect(inStore == (isSealed ? try SegmentLayout(size: size).sealedSize : size))
                #expect(try await blobs.read(key, bytes: size) == content)
                var numbers = SeededNumbers(UInt64(size))
                for _ in 0..<(size == 0 ? 0 : 8) {
                    let start = Int.random(in: 0..<size, using: &numbers)
                    let end = Int.random(in: start + 1...size, using: &numbers)
                    let part = try await read(try await blobs.open(key, bytes: size, range: start..<end))
                    #expect(part == content.getSlice(at: start, length: end - start), "\(start)..<\(end) of \(size)")
                }
            }
        }
    }

    @Test(arguments: BlobStoreKind.present, [false, true])
    func theSameContentAgainIsFineAndOtherContentIsNot(kind: BlobStoreKind, isSealed: Bool) async throws {
        try await kind.withStore { store in
            let blobs = SealedBlobs(store, keys: isSealed ? Self.ring : nil)
            for size in [100, 200_000] {
                let (key, content) = (try BlobKey("k/\(size)"), ByteBuffer.noise(size))
                let first = try await blobs.put(key, BlobContent(content))
                #expect(try await blobs.put(key, BlobContent(content)) == first)
                for other in [ByteBuffer.noise(size, seed: 2), .noise(size - 1), .noise(size + 1)] {
                    #expect(await blobFailure { _ = try await blobs.put(key, BlobContent(other)) } == .conflict)
                }
                #expect(try await blobs.read(key, bytes: size) == content)
            }
        }
    }

    @Test(arguments: BlobStoreKind.present)
    func limitsAreThoseOfThePlainContent(kind: BlobStoreKind) async throws {
        try await kind.withStore { store in
            let (blobs, key) = (SealedBlobs(store, keys: Self.ring), try BlobKey("k"))
            let body = Chunks(buffer: .noise(100_000))
            for (limit, expected, code) in [
                (99_999, nil, .tooLarge), (200_000, 99_999, .invalid), (200_000, 100_001, .invalid),
            ] as [(Int, Int?, StorageError.Code)] {
                let content = BlobContent(body, limit: limit, expectedBytes: expected)
                #expect(await blobFailure { _ = try await blobs.put(key, content) } == code)
            }
            await #expect(throws: Chunks.Broken.self) {
                try await blobs.put(key, BlobContent(Chunks(buffer: .noise(100_000), breaks: true), limit: .max))
            }
            #expect(try await store.list(prefix: "", after: nil, limit: 10).isEmpty)
            _ = try await blobs.put(key, BlobContent(body, limit: 100_000, expectedBytes: 100_000))
        }
    }

    @Test func whatIsSealedOpensOnlyAsWhatItIs() async throws {
        try await BlobStoreKind.folder.withStore { store in
            let (blobs, key) = (SealedBlobs(store, keys: Self.ring), try BlobKey("k"))
            _ = try await blobs.put(key, BlobContent(.noise(100_000)))
            let others: [(SealedBlobs, Int)] = [
                (blobs, 99_999), (SealedBlobs(store, keys: KeyRing(WrappingKey())), 100_000),
                (SealedBlobs(store, keys: nil), 100_000),
                (SealedBlobs(store, keys: nil), try SegmentLayout(size: 100_000).sealedSize - 1),
            ]
            for (other, size) in others {
                for range in [nil, 5..<10] as [Range<Int>?] {
                    let failure = await blobFailure {
                        _ = try await read(try await other.open(key, bytes: size, range: range))
                    }
                    #expect(failure == .damaged, "\(size) \(String(describing: range))")
                }
            }
        }
    }

    @Test func plainBlobsAreReadUntilTheyAreRefused() async throws {
        try await BlobStoreKind.folder.withStore { store in
            let (key, content) = (try BlobKey("k"), ByteBuffer.noise(100_000))
            _ = try await SealedBlobs(store, keys: nil).put(key, BlobContent(content))
            let strict = SealedBlobs(store, keys: KeyRing(WrappingKey()))
            for range in [0..<100_000, 7..<70_000] {
                let part = try await read(
                    try await SealedBlobs(store, keys: Self.ring).open(key, bytes: 100_000, range: range))
                #expect(part == content.getSlice(at: range.lowerBound, length: range.count))
                let failure = await blobFailure {
                    _ = try await read(try await strict.open(key, bytes: 100_000, range: range))
                }
                #expect(failure == .damaged)
            }
        }
    }

    @Test func plainContentThatLooksSealedIsNotStored() async throws {
        try await BlobStoreKind.folder.withStore { store in
            let content = ByteBuffer(bytes: EnvelopeHeader.magic + [1, 2, 3])
            let failure = await blobFailure {
                _ = try await SealedBlobs(store, keys: nil).put(try BlobKey("k"), BlobContent(content))
            }
            #expect(failure == .invalid)
        }
    }

    @Test(arguments: BlobStoreKind.present, [1, 3, 1000])
    func whatIsPlainIsSealedPageByPage(kind: BlobStoreKind, limit: Int) async throws {
        try await kind.withStore { store in
            let (plain, sealing) = (SealedBlobs(store, keys: nil), SealedBlobs(store, keys: Self.ring))
            var contents: [BlobKey: ByteBuffer] = [:]
            for number in 0..<6 {
                let (key, content) = (try BlobKey("in/\(number)"), ByteBuffer.noise(number * 40_000 + 1))
                _ = try await (number.isMultiple(of: 2) ? plain : sealing).put(key, BlobContent(content))
                contents[key] = content
            }
            let outside = try BlobKey("out/0")
            _ = try await plain.put(outside, BlobContent(.noise(10)))
            for expected in [3, 0] {
                var (count, after): (Int, BlobKey?) = (0, nil)
                repeat {
                    let page = try await sealing.sealPlain(prefix: "in/", after: after, limit: limit)
                    #expect(page.damaged.isEmpty)
                    (count, after) = (count + page.sealed, page.next)
                } while after != nil
                #expect(count == expected)
            }
            let strict = SealedBlobs(store, keys: KeyRing(Self.ring.current))
            for (key, content) in contents {
                #expect(try await strict.read(key, bytes: content.readableBytes) == content)
            }
            #expect(try await plain.read(outside, bytes: 10) == .noise(10))
        }
    }

    @Test func aBlobThatIsSealedWhileARangeIsReadIsReadAsOne() async throws {
        try await BlobStoreKind.folder.withStore { store in
            let (key, content) = (try BlobKey("k"), ByteBuffer.noise(200_000))
            _ = try await SealedBlobs(store, keys: nil).put(key, BlobContent(content))
            let interposed = InterposedStore(store, beforeRead: 2) {
                _ = try await SealedBlobs($0, keys: Self.ring).sealPlain(prefix: "", after: nil)
            }
            let blobs = SealedBlobs(interposed, keys: Self.ring)
            let part = try await read(try await blobs.open(key, bytes: 200_000, range: 60_000..<140_000))
            #expect(part == content.getSlice(at: 60_000, length: 80_000))
            #expect(try await store.head(key).bytes == SegmentLayout(size: 200_000).sealedSize)
        }
    }

    @Test(arguments: [false, true]) func aTurnedBitIsDamage(isSealed: Bool) async throws {
        let folder = try BlobTestFolder()
        try await closing(try FolderBlobStore(.init(path: folder.path))) { store in
            let (blobs, key) = (SealedBlobs(store, keys: isSealed ? Self.ring : nil), try BlobKey("k"))
            _ = try await blobs.put(key, BlobContent(.noise(70_000)))
            let file = URL(filePath: try folder.onlyFile())
            let sound = try Data(contentsOf: file)
            var numbers = SeededNumbers(3)
            for _ in 0..<200 {
                var turned = sound
                let bit = Int.random(in: 0..<sound.count * 8, using: &numbers)
                turned[bit / 8] ^= 1 << UInt8(bit % 8)
                try turned.write(to: file)
                #expect(await blobFailure { _ = try await blobs.read(key, bytes: 70_000) } == .damaged, "bit \(bit)")
            }
        }
    }

    /// The scrub of what is sealed: it opens it and holds it against the plain checksum.
    @Test func aScrubOpensWhatIsSealed() async throws {
        try await BlobStoreKind.folder.withStore { store in
            let blobs = SealedBlobs(store, keys: Self.ring)
            var rows: [KnownBlob] = []
            for number in 0..<4 {
                let stored = try await blobs.put(try BlobKey("b/\(number)"), BlobContent(.noise(70_000)))
                rows.append(KnownBlob(key: stored.key, bytes: 70_000, checksum: stored.checksum))
            }
            let swapped = try await read(try await store.get(rows[1].key).bytes)
            _ = try await store.put(rows[2].key, BlobContent(swapped), replacing: true)
            rows[3] = KnownBlob(key: rows[3].key, bytes: 70_000, checksum: ContentChecksum(of: .noise(1)))
            let known = KnownBlobs(page: { [rows] after, _ in after == nil ? rows : [] }, contains: { _ in true })
            let page = try await BlobScrub(blobs, known: known, configuration: .init(), pause: { _ in }).page(
                after: nil)
            #expect(page.damaged == [rows[2].key, rows[3].key] && page.checkedBlobs == 4)
            #expect(page.checkedBytes >= 140_000)
        }
    }
}
