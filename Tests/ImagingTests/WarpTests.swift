import Foundation
import Testing
import Vision

@testable import Imaging

struct WarpTests {
    @Test func straighteningIsOpenCVsPerspectiveWarp() throws {
        let expected = try OpenCVResults.load().warp
        let picture = Picture(PixelBuffer(width: 36, height: 24, bytes: expected.source))
        let corners = expected.corners.map { Point(x: $0[0], y: $0[1]) }
        let quadrilateral = Quadrilateral(
            topLeft: corners[0], topRight: corners[1], bottomRight: corners[2], bottomLeft: corners[3])
        let flat = try #require(picture.straightened(quadrilateral, width: 24, height: 12))
        // OpenCV rounds positions to 1/32 of a pixel.
        #expect(zip(flat.bytes, expected.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
    }

    @Test func theIdentityCopies() {
        let picture = Picture(.noise(width: 20, height: 10))
        let identity = Similarity(a: 1, b: 0, tx: 0, ty: 0)
        #expect(picture.warped(identity, width: 20, height: 10).bytes == picture.pixels.bytes)
    }

    @Test func aQuarterTurnTurns() {
        let pixels = PixelBuffer.noise(width: 9, height: 9)
        let turned = Picture(pixels).warped(Similarity(a: 0, b: 1, tx: 8, ty: 0), width: 9, height: 9)
        #expect(turned[0, 0] == pixels[8, 0] && turned[8, 0] == pixels[8, 8] && turned[3, 2] == pixels[6, 3])
    }

    @Test func outsideIsTheNearestPixelOrTheBorder() {
        let picture = Picture(.plain(width: 8, height: 8, [10, 20, 30]))
        let away = Similarity(a: 1, b: 0, tx: 100, ty: -100)
        #expect(picture.warped(away, width: 2, height: 2)[1, 1] == [10, 20, 30])
        #expect(picture.warped(away, width: 2, height: 2, border: .grey(7))[1, 1] == [7, 7, 7])
    }

    @Test func numbersThatAreNoneGiveSomePicture() {
        let picture = Picture(.noise(width: 8, height: 8))
        for value in [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
            let warped = picture.warped(Similarity(a: value, b: 0, tx: value, ty: 1e30), width: 3, height: 3)
            #expect(warped.byteCount == 27)
        }
    }

    @Test func cornersInALineGiveNothing() {
        let corners = Quadrilateral(Rectangle(x: 1, y: 1, width: 5, height: 0))
        #expect(Picture(.noise(width: 8, height: 8)).straightened(corners, width: 4, height: 4) == nil)
    }

    @Test func aPictureStoredSmallerIsWarpedInDisplayedPixels() throws {
        let file = try Fixtures.bytes("444.jpg")
        let small = try PictureDecoder().decode(file, useful: 24)
        let corners = Quadrilateral(Rectangle(x: 26, y: 2, width: 20, height: 12))
        let flat = try #require(small.straightened(corners, width: 10, height: 6))
        for x in [1, 5, 8] {
            let difference = flat[x, 3] &- Quarters.colours[1]
            #expect(abs(difference.x) <= 12 && abs(difference.y) <= 12 && abs(difference.z) <= 12)
        }
    }

    @Test func croppingCopiesTheRegion() {
        let pixels = PixelBuffer.noise(width: 30, height: 20)
        let cut = Picture(pixels).cropped(to: Rectangle(x: 28, y: 18, width: 10, height: 10))
        #expect(cut.width == 2 && cut.height == 2)
        #expect(cut[0, 0] == pixels[28, 18] && cut[1, 1] == pixels[29, 19])
    }
}
