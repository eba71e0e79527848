import Testing

@testable import Imaging

struct PictureDecoderTests {
    private let decoder = PictureDecoder()

    static let coloured = Fixtures.names.filter { name in
        !name.hasPrefix("grey") && !name.hasPrefix("one-bit") && !name.hasPrefix("orientation")
            && !name.hasPrefix("grid")
    }

    @Test(arguments: coloured) func everyFormatShowsTheSameColours(_ name: String) throws {
        let picture = try decoder.decode(Fixtures.bytes(name))
        #expect(picture.width == 48 && picture.height == 32)
        let isLossy = [".jpg", ".heic", ".avif"].contains { name.hasSuffix($0) } || name.hasPrefix("lossy")
        let tolerance = isLossy ? 10 : 0
        #expect(Quarters.difference(picture.pixels) <= tolerance)
    }

    @Test(arguments: ["grey.jpg", "grey.png", "grey-alpha.png", "grey-16.png"])
    func greyBecomesThreeEqualChannels(_ name: String) throws {
        let pixels = try decoder.decode(Fixtures.bytes(name)).pixels
        let luminance = Quarters.colours.map { colour in
            SIMD3(repeating: (299 * colour.x + 587 * colour.y + 114 * colour.z + 500) / 1000)
        }
        #expect(Quarters.difference(pixels, from: luminance) <= 2)
    }

    @Test func oneBitBecomesBlackAndWhite() throws {
        let pixels = try decoder.decode(Fixtures.bytes("one-bit.png")).pixels
        #expect(Quarters.difference(pixels, from: [.zero, .zero, .zero, [255, 255, 255]]) == 0)
    }

    @Test func inksWithAndWithoutAdobesMarkerAreNotNegative() throws {
        let adobe = try decoder.decode(Fixtures.bytes("cmyk-adobe.jpg")).pixels
        let plain = try decoder.decode(Fixtures.bytes("cmyk-plain.jpg")).pixels
        #expect(adobe.bytes == plain.bytes)
    }

    @Test func inksStoredAsLumaAndChromaAreNotNegative() throws {
        let file = try JPEGFactory.ycck(Quarters.colours, width: 48, height: 32)
        #expect(Quarters.difference(try decoder.decode(file).pixels) <= 10)
    }

    @Test(arguments: ["rgba-clear.png", "rgba-ramp.png"])
    func coloursUnderTransparencyAreKept(_ name: String) throws {
        let opaque = try decoder.decode(Fixtures.bytes("rgb.png")).pixels
        #expect(try decoder.decode(Fixtures.bytes(name)).pixels.bytes == opaque.bytes)
    }

    @Test(arguments: Fixtures.names) func headerAndDecodingAgreeOnTheSize(_ name: String) throws {
        let bytes = try Fixtures.bytes(name)
        let header = try decoder.header(bytes)
        let picture = try decoder.decode(bytes)
        #expect(header.width == picture.width && header.height == picture.height)
        #expect(picture.pixels.width == picture.width && picture.pixels.height == picture.height)
    }

    @Test(arguments: Fixtures.names(".jpg", ".png", ".webp", ".bmp", ".gif", ".heic", ".avif"))
    func bytesBehindThePictureAreIgnored(_ name: String) throws {
        let bytes = try Fixtures.bytes(name)
        let padded = try decoder.decode(bytes + [UInt8](repeating: 0, count: 1000))
        #expect(try decoder.decode(bytes).pixels.bytes == padded.pixels.bytes)
    }

    @Test func junkBetweenSegmentsOfAJPEGIsSkipped() throws {
        var bytes = try Fixtures.bytes("444.jpg")
        bytes.insert(contentsOf: [0, 1, 2, 3], at: 20)
        #expect(Quarters.difference(try decoder.decode(bytes).pixels) <= 10)
    }

    @Test func aDamagedChecksumOfAPNGIsAnError() throws {
        var bytes = try Fixtures.bytes("rgb.png")
        bytes[bytes.count - 14] ^= 1  // the last byte of the picture data's checksum
        #expect(imagingCode { try decoder.decode(bytes) } == .corrupt)
    }

    @Test func ofALongAnimationOnlyTheFirstFrameIsRead() throws {
        let animation = try Fixtures.bytes("animated.gif")
        let still = try Fixtures.bytes("still.gif")
        // Frames of 10,000 broken bytes each would be an error if anything read them.
        let long = animation.dropLast() + [UInt8](repeating: 0x2C, count: 10_000 * 64)
        #expect(try decoder.decode(Array(long)).pixels.bytes == decoder.decode(still).pixels.bytes)
    }

    @Test func noBytesAreNoPicture() {
        #expect(imagingCode { try decoder.decode([]) } == .emptyInput)
    }

    @Test(arguments: ["hello", "%PDF-1.7", "<svg>", "RIFF....WAVE", "....ftypmp42", "\u{0}"])
    func otherContentIsAnUnknownFormat(_ content: String) {
        #expect(imagingCode { try decoder.decode(Array(content.utf8)) } == .unknownFormat)
    }

    @Test func runLengthCodedBMPIsNotSupported() throws {
        var bytes = try Fixtures.bytes("palette.bmp")
        bytes[30] = 1
        #expect(imagingCode { try decoder.decode(bytes) } == .unsupportedFormat)
    }

    @Test func coloursThatABMPDoesNotDefineAreBlack() throws {
        var bytes = try Fixtures.bytes("palette.bmp")
        let rows = Int(bytes[10]) | Int(bytes[11]) << 8
        bytes.removeSubrange(54 + 4..<rows)  // one colour is left, the others point behind it
        bytes[10] = 58
        bytes[11] = 0
        let pixels = try decoder.decode(bytes).pixels
        #expect(Set(pixels.bytes).count <= 4)
        #expect(pixels.bytes.contains(0))
    }
}
