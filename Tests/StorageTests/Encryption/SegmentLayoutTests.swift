import Testing

@testable import Storage

@Suite struct SegmentLayoutTests {
    private static let sizes = [0, 1, 4095, 4096, 4097, 8191, 8192, 8193, 100_000]

    @Test(arguments: sizes)
    func theSizeOfASealedBlobTellsThatOfThePlainOne(size: Int) throws {
        let layout = try SegmentLayout(size: size, exponent: 12)
        #expect(try SegmentLayout(sealedSize: layout.sealedSize, exponent: 12) == layout)
    }

    @Test func sizesThatNoSealedBlobHasAreRefused() throws {
        let possible = Set(try (0...20_000).map { try SegmentLayout(size: $0, exponent: 12).sealedSize })
        for size in -1...20_000 {
            let isRefused = code { _ = try SegmentLayout(sealedSize: size, exponent: 12) } == .damaged
            #expect(isRefused == !possible.contains(size), "\(size)")
        }
    }

    @Test func moreSegmentsThanFourBytesCountAreRefused() throws {
        #expect(try SegmentLayout(size: (1 << 44) - 1, exponent: 12).count == 1 << 32)
        #expect(code { _ = try SegmentLayout(size: 1 << 44 + 4096, exponent: 12) } == .tooLarge)
    }

    @Test(arguments: sizes)
    func segmentsLieBesideOneAnotherAndCoverTheBlob(size: Int) throws {
        let layout = try SegmentLayout(size: size, exponent: 12)
        var (plain, sealed) = (0, EnvelopeHeader.size)
        for index in 0..<layout.count {
            #expect(layout.plainRange(ofSegment: index).lowerBound == plain)
            #expect(layout.sealedRange(ofSegment: index).lowerBound == sealed)
            plain = layout.plainRange(ofSegment: index).upperBound
            sealed = layout.sealedRange(ofSegment: index).upperBound
        }
        #expect(plain == size)
        #expect(sealed == layout.sealedSize)
    }

    @Test func aRangeNeedsTheSegmentsThatHoldItAndNoOthers() throws {
        let layout = try SegmentLayout(size: 10_000, exponent: 12)
        #expect(layout.segments(of: 0..<1) == 0..<1)
        #expect(layout.segments(of: 4095..<4096) == 0..<1)
        #expect(layout.segments(of: 4095..<4097) == 0..<2)
        #expect(layout.segments(of: 4096..<10_000) == 1..<3)
        #expect(layout.segments(of: 5000..<5000).isEmpty)
        #expect(layout.sealedRange(of: 4096..<4097) == 56 + 4112..<56 + 2 * 4112)
        #expect(layout.sealedRange(of: 9999..<10_000) == 56 + 2 * 4112..<layout.sealedSize)
    }
}
