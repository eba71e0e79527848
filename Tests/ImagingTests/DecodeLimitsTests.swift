import Testing

@testable import Imaging

/// Headers that ask for more than there is memory.
struct DecodeLimitsTests {
    struct Giant: CustomTestStringConvertible {
        let testDescription: String
        let file: String
        /// Where the size is written over; below 0 where a JPEG's or a HEIF's header has it.
        let edits: [Int: [UInt8]]
    }

    private static let most: [UInt8] = [0xFF, 0xFF, 0xFF, 0x7F]

    static let giants = [
        Giant(testDescription: "JPEG 65535²", file: "444.jpg", edits: [-1: [0xFF, 0xFF, 0xFF, 0xFF]]),
        Giant(
            testDescription: "PNG of 1 GB", file: "rgb.png", edits: [16: [0, 0, 0x40, 0], 20: [0, 0, 0x55, 0x55]]),
        Giant(
            testDescription: "PNG 2³¹", file: "rgb.png",
            edits: [16: [0x7F, 0xFF, 0xFF, 0xFF], 20: [0x7F, 0xFF, 0xFF, 0xFF]]),
        Giant(testDescription: "GIF 65535²", file: "still.gif", edits: [6: [0xFF, 0xFF, 0xFF, 0xFF]]),
        Giant(testDescription: "BMP 2³¹", file: "rgb.bmp", edits: [18: most, 22: most]),
        Giant(testDescription: "BMP top down 2³¹", file: "rgb.bmp", edits: [18: most, 22: [0, 0, 0, 0x80]]),
        Giant(testDescription: "HEIC of 1 GB", file: "rgb.heic", edits: [-2: [0, 0, 0x40, 0, 0, 0, 0x55, 0x55]]),
        Giant(testDescription: "AVIF 65535²", file: "rgb.avif", edits: [-2: [0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]]),
        Giant(testDescription: "AVIF 2³²", file: "rgb.avif", edits: [-2: [UInt8](repeating: 0xFF, count: 8)]),
        Giant(testDescription: "WebP 2²⁴ wide", file: "animated.webp", edits: [24: [0xFF, 0xFF, 0x7F, 0xFF, 0, 0]]),
    ]

    @Test(arguments: giants) func aGiantIsRefusedByItsHeaderWithoutMemory(_ giant: Giant) throws {
        var bytes = try Fixtures.bytes(giant.file)
        for (offset, value) in giant.edits {
            let at =
                switch offset {
                case -1: try #require(Self.frameHeader(bytes)) + 5
                case -2: try #require(Self.sizeProperty(bytes)) + 8
                default: offset
                }
            bytes.replaceSubrange(at..<at + value.count, with: value)
        }
        let before = try residentMemory()
        #expect(imagingCode { try PictureDecoder().header(bytes) } == .tooManyPixels)
        #expect(imagingCode { try PictureDecoder().decode(bytes) } == .tooManyPixels)
        #expect(try residentMemory() - before < 32 << 20)
    }

    @Test func limitsAreInclusive() throws {
        let bytes = try Fixtures.bytes("rgb.png")
        #expect(try PictureDecoder(limits: DecodeLimits(maxPixels: 48 * 32, maxSide: 48)).decode(bytes).width == 48)
        for limits in [DecodeLimits(maxPixels: 48 * 32 - 1), DecodeLimits(maxSide: 47)] {
            #expect(imagingCode { try PictureDecoder(limits: limits).decode(bytes) } == .tooManyPixels)
        }
    }

    @Test func limitsHoldForTheWholePictureAlsoWhenLessIsUseful() throws {
        let decoder = PictureDecoder(limits: DecodeLimits(maxPixels: 1000))
        let bytes = try Fixtures.bytes("444.jpg")
        #expect(imagingCode { try decoder.decode(bytes, useful: 6) } == .tooManyPixels)
    }

    @Test(arguments: ["rgb.bmp", "rgb.png", "still.gif"]) func noPixelsAreCorrupt(_ name: String) throws {
        var bytes = try Fixtures.bytes(name)
        let at = name.hasSuffix("bmp") ? 18 : name.hasSuffix("png") ? 16 : 6
        bytes.replaceSubrange(at..<at + 2, with: [0, 0])
        if name.hasSuffix("png") { bytes[19] = 0 }
        #expect(imagingCode { try PictureDecoder().decode(bytes) } == .corrupt)
    }

    private static func sizeProperty(_ bytes: [UInt8]) -> Int? {
        bytes.indices.first { bytes[$0...].starts(with: "ispe".utf8) }
    }

    private static func frameHeader(_ bytes: [UInt8]) -> Int? {
        bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 }
    }
}
