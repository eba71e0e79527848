import Testing

@testable import Imaging

/// Damaged files end in an error or in a picture, never in a crash.
struct DamagedFileTests {
    private let decoder = PictureDecoder(limits: DecodeLimits(maxPixels: 100_000))

    @Test(arguments: Fixtures.names(".jpg", ".png", ".webp", ".bmp", ".heic", ".avif"))
    func aFileCutAnywhereIsAnError(_ name: String) throws {
        let bytes = try Fixtures.bytes(name)
        for count in 0..<bytes.count {
            let code = imagingCode { try decoder.decode(Array(bytes.prefix(count))) }
            let expected: Set<ImagingError.Code?> =
                count == 0 ? [.emptyInput] : count < 16 ? [.truncated, .unknownFormat, .corrupt] : [.truncated]
            #expect(expected.contains(code), "cut to \(count) of \(bytes.count)")
        }
    }

    @Test(arguments: Fixtures.names(".gif"))
    func aGIFCutInsideItsFirstFrameIsAnError(_ name: String) throws {
        let bytes = try Fixtures.bytes(name)
        let whole = try decoder.decode(bytes).pixels.bytes
        for count in 1..<bytes.count {
            do {
                #expect(try decoder.decode(Array(bytes.prefix(count))).pixels.bytes == whole)
            } catch let error as ImagingError {
                #expect(error.code == .truncated || error.code == .unknownFormat, "cut to \(count): \(error)")
            }
        }
    }

    @Test(arguments: Fixtures.names, [UInt32(1), 2, 3]) func flippedBytesNeverCrash(_ name: String, _ seed: UInt32)
        throws
    {
        let bytes = try Fixtures.bytes(name)
        var generator = NoiseGenerator(
            seed: seed &+ UInt32(truncatingIfNeeded: name.utf8.reduce(0) { $0 &* 31 &+ Int($1) }))
        for _ in 0..<60 {
            var damaged = bytes
            for _ in 0...generator.next(below: 4) {
                damaged[generator.next(below: damaged.count)] = generator.next()
            }
            if let picture = try? decoder.decode(damaged, useful: generator.next(below: 2) == 0 ? nil : 12) {
                #expect(picture.width * picture.height <= 100_000)
                #expect(picture.pixels.width <= picture.width && picture.pixels.height <= picture.height)
            }
        }
    }

    @Test func aJPEGWhoseDataRunsOutIsTruncatedEvenWithAnEndMarker() throws {
        let bytes = try Fixtures.bytes("444.jpg")
        let shorter = bytes.prefix(bytes.count - 40) + [0xFF, 0xD9]
        #expect(imagingCode { try decoder.decode(Array(shorter)) } == .truncated)
    }
}
