import Testing

@testable import Imaging

/// One picture in every pixel format that people send.
struct PixelFormatTests {
    private let decoder = PictureDecoder()
    private static let width = 24
    private static let height = 16
    /// Random samples of 16 bits, four a pixel.
    private static let samples: [Int] = {
        var generator = NoiseGenerator()
        return (0..<width * height * 4).map { _ in generator.next(below: 1 << 16) }
    }()

    @Test(arguments: [PNGFactory.Colour.grey, .rgb, .greyAlpha, .rgba])
    func sixteenBitsAreTheEightOfTheSamePicture(_ colour: PNGFactory.Colour) throws {
        let deep = try decode(colour, depth: 16)
        let plain = try decode(colour, depth: 8)
        let difference = zip(deep.bytes, plain.bytes).map { abs(Int($0) - Int($1)) }.max()
        #expect(difference ?? .max <= 1)
        #expect(Set(deep.bytes).count > 150)
    }

    /// Viewers' gamma is not applied, at either depth: models are trained on levels as stored.
    @Test(arguments: [8, 16]) func aGammaChunkChangesNothing(_ depth: UInt8) throws {
        let linear: [(String, [UInt8])] = [("gAMA", [0, 1, 0x86, 0xA0])]
        #expect(
            try decode(.rgb, depth: depth, chunks: linear).bytes == decode(.rgb, depth: depth).bytes)
    }

    @Test(arguments: [PNGFactory.Colour.greyAlpha, .rgba], [UInt8(8), 16])
    func transparencyEverywhereHidesNothing(_ colour: PNGFactory.Colour, _ depth: UInt8) throws {
        let opaque = try decode(colour == .rgba ? .rgb : .grey, depth: depth)
        #expect(try decode(colour, depth: depth, alpha: 0).bytes == opaque.bytes)
    }

    @Test func aTransparentColourIsKept() throws {
        let key: [(String, [UInt8])] = [("tRNS", [0, 128, 0, 128, 0, 128])]
        #expect(try decode(.rgb, depth: 8, chunks: key).bytes == decode(.rgb, depth: 8).bytes)
    }

    @Test(arguments: [1, 2, 4, 8]) func paletteColoursAreKeptUnderTransparency(_ depth: Int) throws {
        let colours: [UInt8] = [200, 40, 40, 40, 180, 60]
        let bits = (0..<8).map { ($0 % 2) << (8 - depth - $0 * depth % 8) }
        let row = (0..<depth).map { byte in
            UInt8((0..<8 / depth).map { bits[byte * (8 / depth) + $0] }.reduce(0, |))
        }
        let file = PNGFactory.file(
            width: 8, height: 1, .palette, depth: UInt8(depth), rows: [row],
            chunks: [("PLTE", colours), ("tRNS", [0, 0])])
        let pixels = try decoder.decode(file).pixels
        for x in 0..<8 { #expect(pixels[x, 0] == (x % 2 == 0 ? [200, 40, 40] : [40, 180, 60])) }
    }

    @Test(arguments: [1, 2, 4]) func fewGreyLevelsSpanTheWholeRange(_ depth: UInt8) throws {
        for (byte, level) in [(UInt8(0), UInt8(0)), (255, 255)] {
            let row = [UInt8](repeating: byte, count: Int(depth))
            let file = PNGFactory.file(width: 8, height: 1, .grey, depth: depth, rows: [row])
            #expect(try Set(decoder.decode(file).pixels.bytes) == [level])
        }
    }

    @Test func aWideGamutProfileInAJPEGChangesNoLevels() throws {
        let plain = try Fixtures.bytes("444.jpg")
        let profile = Array("ICC_PROFILE\0".utf8) + [1, 1] + [UInt8](repeating: 7, count: 300)
        let length = profile.count + 2
        let segment: [UInt8] = [0xFF, 0xE2, UInt8(length >> 8), UInt8(length & 0xFF)] + profile
        let profiled = Array(plain.prefix(2)) + segment + plain.dropFirst(2)
        #expect(try decoder.decode(profiled).pixels.bytes == decoder.decode(plain).pixels.bytes)
    }

    /// The whole list of issue BL-02 shows the same picture.
    @Test(arguments: [
        "progressive.jpg", "444.jpg", "411.jpg", "cmyk-adobe.jpg", "cmyk-plain.jpg", "rgb.png", "rgb-16.png",
        "rgba-clear.png", "rgba-ramp.png", "palette.png", "interlaced.png",
    ])
    func colouredKindsHaveNearlyTheSameMean(_ name: String) throws {
        let mean = Self.mean(try decoder.decode(Fixtures.bytes(name)).pixels)
        let expected = Self.mean(try decoder.decode(Fixtures.bytes("rgb.png")).pixels)
        #expect(abs(mean - expected) < 3)
    }

    private static func mean(_ pixels: PixelBuffer) -> Double {
        Double(pixels.bytes.reduce(0) { $0 + Int($1) }) / Double(pixels.byteCount)
    }

    private func decode(
        _ colour: PNGFactory.Colour, depth: UInt8, alpha: Int? = nil, chunks: [(String, [UInt8])] = []
    ) throws -> PixelBuffer {
        let kinds: [Int] =
            switch colour {
            case .grey, .palette: [0]
            case .rgb: [0, 1, 2]
            case .greyAlpha: [0, 3]
            case .rgba: [0, 1, 2, 3]
            }
        let rows = (0..<Self.height).map { y in
            (0..<Self.width).flatMap { x in
                kinds.flatMap { kind -> [UInt8] in
                    let stored = Self.samples[(y * Self.width + x) * 4 + kind]
                    let sample = kind == 3 ? alpha ?? stored : stored
                    let rounded = (sample * 255 + 32_767) / 65_535
                    return depth == 8 ? [UInt8(rounded)] : [UInt8(sample >> 8), UInt8(sample & 0xFF)]
                }
            }
        }
        let file = PNGFactory.file(
            width: Self.width, height: Self.height, colour, depth: depth, rows: rows, chunks: chunks)
        return try decoder.decode(file).pixels
    }
}
