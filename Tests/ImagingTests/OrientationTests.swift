import Testing

@testable import Imaging

struct OrientationTests {
    private let decoder = PictureDecoder()

    @Test(arguments: 1...8, ["jpg", "png", "webp", "heic", "avif"])
    func everyOrientationIsShownUpright(_ value: Int, _ kind: String) throws {
        let picture = try decoder.decode(Fixtures.bytes("orientation-\(value).\(kind)"))
        #expect(picture.width == 48 && picture.height == 32)
        #expect(Quarters.difference(picture.pixels) <= (["png", "webp"].contains(kind) ? 0 : 10))
    }

    @Test(arguments: ["0", "9", "cut", "xmp"])
    func aBadOrContradictedOrientationCountsAsUpright(_ kind: String) throws {
        let picture = try decoder.decode(Fixtures.bytes("orientation-\(kind).jpg"))
        #expect(picture.width == 48 && Quarters.difference(picture.pixels) <= 10)
    }

    @Test(arguments: 1...8) func orientationAlsoHoldsForAPictureDecodedSmaller(_ value: Int) throws {
        let picture = try decoder.decode(Fixtures.bytes("orientation-\(value).jpg"), useful: 24)
        #expect(picture.width == 48 && picture.height == 32)
        #expect(picture.pixels.width == 24 && picture.pixels.height == 16)
        #expect(Quarters.difference(picture.pixels) <= 12)
    }

    @Test(arguments: [(1, 1), (1, 7), (5, 1), (67, 130)])
    func turningMovesEveryPixelToItsPlace(_ width: Int, _ height: Int) {
        let stored = PixelBuffer.noise(width: width, height: height)
        let (right, bottom) = (width - 1, height - 1)
        let places: [Orientation: (Int, Int) -> (Int, Int)] = [
            .upright: { ($0, $1) }, .mirrored: { (right - $0, $1) }, .turnedHalf: { (right - $0, bottom - $1) },
            .flipped: { ($0, bottom - $1) }, .transposed: { ($1, $0) }, .turnedRight: { ($1, bottom - $0) },
            .transversed: { (right - $1, bottom - $0) }, .turnedLeft: { (right - $1, $0) },
        ]
        for orientation in Orientation.allCases {
            let shown = stored.oriented(orientation)
            for y in 0..<shown.height {
                for x in 0..<shown.width {
                    guard let from = places[orientation]?(x, y) else { continue }
                    #expect(shown[x, y] == stored[from.0, from.1], "\(orientation) at \(x), \(y)")
                }
            }
        }
    }
}
