import Testing
import Vision

@testable import Imaging

/// JPEG pictures decoded at a fraction of their size.
struct ScaledDecodeTests {
    private let decoder = PictureDecoder()

    @Test(arguments: [(48, 48), (25, 48), (24, 24), (13, 24), (12, 12), (7, 12), (6, 6), (1, 6)])
    func theLongerSideStaysUseful(_ useful: Int, _ stored: Int) throws {
        let picture = try decoder.decode(Fixtures.bytes("444.jpg"), useful: useful)
        #expect(picture.pixels.width == stored)
        #expect(picture.width == 48 && picture.height == 32)
        #expect(Quarters.difference(picture.pixels) <= 12)
    }

    @Test func otherFormatsAreDecodedInFull() throws {
        #expect(try decoder.decode(Fixtures.bytes("rgb.png"), useful: 6).pixels.width == 48)
    }

    @Test func inksAreDecodedSmallerToo() throws {
        let picture = try decoder.decode(Fixtures.bytes("cmyk-adobe.jpg"), useful: 24)
        #expect(picture.pixels.width == 24 && Quarters.difference(picture.pixels) <= 12)
    }

    @Test(arguments: [nil, Rectangle(x: 101, y: 51, width: 222, height: 133)])
    func theTensorOfASmallerPictureIsNearlyTheSame(_ region: Rectangle?) throws {
        let file = try Self.smooth(width: 401, height: 303).jpeg(quality: 95)
        let layout = TensorLayout(width: 64, height: 64, element: .uint8)
        let (whole, wholeMap) = try decoder.decode(file).tensor(layout, region: region)
        let small = try decoder.decode(file, useful: 200)
        #expect(small.pixels.width == 201)
        let (tensor, map) = small.tensor(layout, region: region)
        let difference = zip(whole, tensor).map { abs(Int($0) - Int($1)) }
        #expect(difference.reduce(0, +) < difference.count * 2)
        // The same spot of the input is the same spot of the picture, to within one pixel of it.
        for spot in [Point(x: 5, y: 20), Point(x: 60, y: 50)] {
            let (one, other) = (wholeMap.picturePoint(spot), map.picturePoint(spot))
            #expect(abs(one.x - other.x) <= 1 && abs(one.y - other.y) <= 1)
        }
    }

    private static func smooth(width: Int, height: Int) -> PixelBuffer {
        PixelBuffer(width: width, height: height) { out in
            for index in out.indices {
                let (x, y) = (index / 3 % width, index / 3 / width)
                out[index] = UInt8((x * 255 / width + y * 255 / height * (index % 3)) / (1 + index % 3))
            }
        }
    }
}
