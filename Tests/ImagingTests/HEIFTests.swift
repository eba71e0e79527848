import Testing

@testable import Imaging

/// HEIC and AVIF beyond what all formats' tests cover.
struct HEIFTests {
    private let decoder = PictureDecoder()

    @Test(arguments: ["rgb.heic", "rgb.avif", "deep.heic", "deep.avif", "alpha.heic", "alpha.avif", "animated.avif"])
    func coloursComeWithinTheCodecsError(_ name: String) throws {
        #expect(Quarters.difference(try decoder.decode(Fixtures.bytes(name)).pixels) <= 3)
    }

    @Test(arguments: ["grey.heic", "grey.avif"]) func greyBecomesThreeEqualChannels(_ name: String) throws {
        let pixels = try decoder.decode(Fixtures.bytes(name)).pixels
        for x in 0..<48 {
            let pixel = pixels[x, 16]
            #expect(abs(pixel.x - pixel.y) <= 2 && abs(pixel.y - pixel.z) <= 2)
        }
    }

    @Test func aGridOfTilesIsOnePicture() throws {
        let picture = try decoder.decode(Fixtures.bytes("grid.avif"))
        #expect(picture.width == 192 && picture.height == 128)
        #expect(Quarters.difference(picture.pixels) <= 3)
    }

    @Test func formatsAreToldApart() throws {
        #expect(try decoder.header(Fixtures.bytes("rgb.heic")).format == .heic)
        #expect(try decoder.header(Fixtures.bytes("rgb.avif")).format == .avif)
        #expect(try decoder.header(Fixtures.bytes("animated.avif")).format == .avif)
    }

    @Test(arguments: ["rgb.heic", "rgb.avif"]) func manyAreDecodedAtOnce(_ name: String) async throws {
        let bytes = try Fixtures.bytes(name)
        let expected = try decoder.decode(bytes).pixels.bytes
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<64 {
                group.addTask { [decoder] in (try? decoder.decode(bytes).pixels.bytes) == expected }
            }
            for await isEqual in group { #expect(isEqual) }
        }
    }

    /// The size property is only a promise: what the codec finds counts.
    @Test func aHeaderThatLiesIsCorrupt() throws {
        var bytes = try Fixtures.bytes("rgb.avif")
        let property = try #require(Self.position(of: "ispe", in: bytes))
        bytes[property + 11] = 16  // width 16 instead of 48
        #expect(imagingCode { try decoder.decode(bytes) } == .corrupt)
    }

    @Test func limitsHoldBeforeCropping() throws {
        var bytes = try Fixtures.bytes("rgb.heic")
        let property = try #require(Self.position(of: "ispe", in: bytes))
        // 64 × 64, cropped to 48 × 32.
        #expect(bytes[property + 11] == 64 && bytes[property + 15] == 64)
        bytes[property + 10] = 0x80
        bytes[property + 14] = 0x80
        #expect(imagingCode { try decoder.decode(bytes) } == .tooManyPixels)
    }

    /// HEVC's are multiples of 64 here; orientations with three full channels have other headers.
    @Test(arguments: [
        ("rgb.heic", 64, 64), ("deep.heic", 64, 64), ("grey.heic", 64, 64), ("alpha.heic", 64, 64),
        ("orientation-6.heic", 64, 64), ("rgb.avif", 48, 32), ("deep.avif", 48, 32), ("grey.avif", 48, 32),
        ("animated.avif", 48, 32), ("orientation-5.avif", 32, 48), ("grid.avif", 192, 128),
    ])
    func codedSizesCountWhateverThePropertiesSay(_ name: String, _ width: Int, _ height: Int) throws {
        var bytes = try Fixtures.bytes(name)
        for offset in bytes.indices.dropLast(16) where bytes[offset...].starts(with: "ispe".utf8) {
            bytes.replaceSubrange(offset + 8..<offset + 16, with: [0, 0, 0, 16, 0, 0, 0, 16])
        }
        let side = max(width, height)
        for (pixels, side, code) in [
            (width * height, side, nil), (width * height - 1, side, .tooManyPixels),
            (width * height, side - 1, .tooManyPixels),
        ] as [(Int, Int, ImagingError.Code?)] {
            let limits = DecodeLimits(maxPixels: pixels, maxSide: side)
            #expect(imagingCode { try bytes.withUnsafeBytes { try HEIFItems($0).check(limits, block: 1) } } == code)
        }
    }

    /// An animation's header lets its frames be up to 64 × 64 and more.
    @Test func framesThatCouldBeTooLargeAreStillDecoded() throws {
        let bytes = try Fixtures.bytes("animated.avif")
        let limits = DecodeLimits(maxPixels: 48 * 32, maxSide: 48)
        #expect(try bytes.withUnsafeBytes { try HEIFItems($0).check(limits, block: 1) } > 48)
        #expect(Quarters.difference(try PictureDecoder(limits: limits).decode(bytes).pixels) <= 3)
        #expect(try Fixtures.bytes("rgb.avif").withUnsafeBytes { try HEIFItems($0).check(limits, block: 1) } >= 48)
    }

    @Test func aGridsCanvasCounts() throws {
        var bytes = try Fixtures.bytes("grid.avif")
        // Version, flags, one less than rows and columns, 192 × 128.
        let grid: [UInt8] = [0, 0, 1, 1, 0, 192, 0, 128]
        let at = try #require(bytes.indices.first { bytes[$0...].starts(with: grid) })
        bytes.replaceSubrange(at + 4..<at + 8, with: [0xEA, 0x60, 0xEA, 0x60])
        #expect(imagingCode { try decoder.decode(bytes) } == .tooManyPixels)
        bytes.replaceSubrange(at + 2..<at + 8, with: [0, 1, 0, 192, 0, 128])
        #expect(imagingCode { try decoder.decode(bytes) } == .corrupt)
    }

    @Test(arguments: ["rgb.heic", "rgb.avif"]) func limitsAreInclusive(_ name: String) throws {
        let bytes = try Fixtures.bytes(name)
        #expect(try PictureDecoder(limits: DecodeLimits(maxPixels: 48 * 32, maxSide: 48)).decode(bytes).width == 48)
        for limits in [DecodeLimits(maxPixels: 48 * 32 - 1), DecodeLimits(maxSide: 47)] {
            #expect(imagingCode { try PictureDecoder(limits: limits).decode(bytes) } == .tooManyPixels)
        }
    }

    @Test(arguments: ["heic", "heix", "mif1", "avif", "avis"]) func aFileOfItsBrandAloneIsCut(_ brand: String) {
        let bytes = [0, 0, 0, 24] + Array("ftyp\(brand)".utf8) + [UInt8](repeating: 0, count: 12)
        #expect(imagingCode { try decoder.decode(bytes) } == .truncated)
    }

    @Test func aVideoIsNoPicture() {
        let empty: [UInt8] = [0, 0, 0, 8]
        let bytes = [0, 0, 0, 16] + Array("ftyphevc".utf8) + [0, 0, 0, 0] + empty + Array("meta".utf8)
        let code = imagingCode { try decoder.decode(bytes) }
        #expect(code == .corrupt || code == .truncated || code == .unsupportedFormat)
    }

    private static func position(of name: String, in bytes: [UInt8]) -> Int? {
        let name = Array(name.utf8)
        return bytes.indices.first { bytes[$0...].starts(with: name) }
    }
}
