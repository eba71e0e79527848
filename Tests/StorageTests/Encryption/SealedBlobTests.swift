import NIOCore
import Testing

@testable import Storage

@Suite struct SealedBlobTests {
    private let ring = KeyRing(WrappingKey())
    private let context = SealContext.blob("ab/cd")

    private func blob(_ sealed: [UInt8]) throws -> SealedBlob {
        try SealedBlob(head: sealed, sealedSize: sealed.count, context, with: ring)
    }

    private func open(_ range: Range<Int>, of sealed: [UInt8]) throws -> [UInt8] {
        let blob = try blob(sealed)
        let place = blob.layout.sealedRange(of: range).clamped(to: 0..<sealed.count)
        return Array(try blob.open(range, from: ByteBuffer(bytes: sealed[place])).readableBytesView)
    }

    @Test(arguments: [0, 1, 4095, 4096, 4097, 8192, 50_000], [1, 7, 4096, 4112, 5000, 100_000])
    func whatIsSealedOpensAgainHoweverItIsCutIntoPieces(size: Int, piece: Int) async throws {
        var numbers = SeededNumbers(UInt64(size))
        let plain = numbers.bytes(size)
        let sealed = try await sealedBlob(plain, context, with: ring, piece: piece)
        #expect(sealed.count == (try SegmentLayout(size: size, exponent: 12)).sealedSize)
        #expect(try await openedBlob(sealed, context, with: ring, piece: piece) == plain)
        #expect(try open(0..<size, of: sealed) == plain)
    }

    @Test func aRangeIsThatSliceOfTheBlob() async throws {
        var numbers = SeededNumbers(1)
        let plain = numbers.bytes(30_000)
        let sealed = try await sealedBlob(plain, context, with: ring)
        for _ in 0..<500 {
            let ends = [Int.random(in: 0...30_000, using: &numbers), Int.random(in: 0...30_000, using: &numbers)]
                .sorted()
            #expect(try open(ends[0]..<ends[1], of: sealed) == Array(plain[ends[0]..<ends[1]]))
        }
    }

    @Test func aRangeIsReadThoughOtherSegmentsAreDamaged() async throws {
        let sealed = try await sealedBlob([UInt8](repeating: 5, count: 20_000), context, with: ring)
        let damaged = sealed.flipping(bit: (56 + 3 * 4112) * 8)
        #expect(try open(0..<12_288, of: damaged).count == 12_288)
        #expect(code { _ = try open(12_287..<12_289, of: damaged) } == .damaged)
    }

    @Test func rangesBeyondTheBlobAreRefused() async throws {
        let sealed = try await sealedBlob([1, 2, 3], context, with: ring)
        #expect(code { _ = try open(2..<4, of: sealed) } == .invalid)
        #expect(code { _ = try open(-1..<2, of: sealed) } == .invalid)
        let blob = try blob(sealed)
        #expect(code { _ = try blob.open(0..<3, from: ByteBuffer(bytes: [1])) } == .damaged)
    }

    @Test func everyByteThatIsAlteredIsNoticed() async throws {
        let plain = [UInt8](repeating: 9, count: 9000)
        let sealed = try await sealedBlob(plain, context, with: ring)
        var numbers = SeededNumbers(2)
        for byte in sealed.indices {
            let altered = sealed.flipping(bit: byte * 8 + Int.random(in: 0..<8, using: &numbers))
            #expect(throws: StorageError.self, "byte \(byte)") { try open(0..<9000, of: altered) }
        }
        for bit in 0..<EnvelopeHeader.size * 8 {
            await #expect(throws: StorageError.self, "bit \(bit)") {
                try await openedBlob(sealed.flipping(bit: bit), context, with: ring)
            }
        }
    }

    @Test(arguments: [0, 1, 4096, 9000])
    func everyCutIsNoticed(size: Int) async throws {
        let sealed = try await sealedBlob([UInt8](repeating: 9, count: size), context, with: ring)
        let near = (0..<sealed.count).filter { $0 < 100 || ($0 - 56) % 4112 < 40 || $0 > sealed.count - 40 }
        for count in near {
            let cut = Array(sealed.prefix(count))
            #expect(await awaitedCode { _ = try await openedBlob(cut, context, with: ring) } == .damaged, "\(count)")
        }
        #expect(await awaitedCode { _ = try await openedBlob(sealed + [0], context, with: ring) } == .damaged)
    }

    @Test func segmentsThatChangedPlacesAreNoticed() async throws {
        let sealed = try await sealedBlob([UInt8](repeating: 9, count: 5 * 4096), context, with: ring)
        let segments = stride(from: 56, to: sealed.count, by: 4112).map { Array(sealed[$0..<$0 + 4112]) }
        #expect(segments.count == 5)
        let orders = [[1, 0, 2, 3, 4], [0, 1, 2, 4, 3], [0, 1, 1, 2, 3, 4], [0, 2, 3, 4], [0, 1, 2, 3], [4], [0]]
        for order in orders {
            let mixed = Array(sealed.prefix(56)) + order.flatMap { segments[$0] }
            #expect(await awaitedCode { _ = try await openedBlob(mixed, context, with: ring) } == .damaged, "\(order)")
            let size = order.count * 4096
            #expect(code { _ = try open(0..<size, of: mixed) } == .damaged, "\(order)")
        }
    }

    @Test func segmentsAndHeadersOfAnotherBlobAreNoticed() async throws {
        let plain = [UInt8](repeating: 9, count: 3 * 4096)
        let (one, other) = (
            try await sealedBlob(plain, context, with: ring), try await sealedBlob(plain, context, with: ring)
        )
        for cut in [56, 56 + 4112, 56 + 2 * 4112] {
            let mixed = Array(one.prefix(cut) + other.dropFirst(cut))
            #expect(await awaitedCode { _ = try await openedBlob(mixed, context, with: ring) } == .damaged)
        }
        #expect(await awaitedCode { _ = try await openedBlob(one, .blob("ab/ce"), with: ring) } == .damaged)
    }

    @Test func anEmptySegmentAtTheEndIsRefused() throws {
        // A second form of the same blob, which only the holder of its key could write.
        let (key, header) = try DataKey.make(.segments(exponent: 12), context, with: ring)
        let full = try key.seal([UInt8](repeating: 1, count: 4096), segment: 0, isLast: false)
        let empty = try key.seal([UInt8](), segment: 1, isLast: true)
        var opening = BlobOpening(context, with: ring)
        opening.push(ByteBuffer(bytes: header.bytes + full.ciphertext + full.tag + empty.tag))
        #expect(try opening.next()?.readableBytes == 4096)
        #expect(code { _ = try opening.finish() } == .damaged)
    }

    @Test func aValueIsNoBlobAndABlobNoValue() async throws {
        let value = try SealedValue.seal([1, 2, 3], context, with: ring)
        let sealed = try await sealedBlob([1, 2, 3], context, with: ring)
        #expect(await awaitedCode { _ = try await openedBlob(value, context, with: ring) } == .damaged)
        #expect(code { _ = try blob(value) } == .damaged)
        #expect(code { _ = try SealedValue.open(sealed, context, with: ring) } == .damaged)
    }

    @Test func oneSegmentIsHeldHoweverLargeThePieces() throws {
        var sealing = try BlobSealing(context, with: ring, exponent: 12)
        sealing.push(ByteBuffer(repeating: 1, count: 1 << 20))
        var sizes: [Int] = []
        while let piece = try sealing.next() { sizes.append(piece.readableBytes) }
        #expect(sizes == [56] + [Int](repeating: 4112, count: 255))
        #expect(try sealing.finish()?.readableBytes == 4112)
    }

    @Test(arguments: [0, 3, 40, 57, 9000])
    func withoutAKeyBlobsStayPlainAndAreReadOnceThereIsOne(size: Int) async throws {
        let plain = [UInt8](repeating: 7, count: size)
        for piece in [1, 3000] {
            let stored = try await sealedBlob(plain, context, with: nil, piece: piece)
            #expect(stored == plain)
            #expect(try await openedBlob(stored, context, with: nil, piece: piece) == plain)
            let accepting = KeyRing(WrappingKey(), acceptingPlain: true)
            #expect(try await openedBlob(stored, context, with: accepting, piece: piece) == plain)
            #expect(
                await awaitedCode { _ = try await openedBlob(stored, context, with: ring, piece: piece) } == .damaged)
        }
    }

    @Test func plainBlobsThatLookSealedAreNotStoredPlain() async throws {
        let sealed = try await sealedBlob([1, 2, 3], context, with: ring)
        for count in [1, 5, 6, sealed.count] {
            let bytes = Array(sealed.prefix(count))
            #expect(await awaitedCode { _ = try await sealedBlob(bytes, context, with: nil, piece: 1) } == .invalid)
        }
        #expect(await awaitedCode { _ = try await openedBlob(sealed, context, with: nil) } == .denied)
    }

    @Test func anErrorOfTheSourceGoesToTheReader() async throws {
        struct Broken: Error {}
        let source = AsyncThrowingStream<ByteBuffer, any Error> { continuation in
            continuation.yield(ByteBuffer(bytes: [1, 2, 3]))
            continuation.finish(throwing: Broken())
        }
        await #expect(throws: Broken.self) { try await collected(source.sealed(context, with: ring)) }
    }
}
