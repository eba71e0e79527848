import Testing
import Vision

@testable import Imaging

struct BlurTests {
    private let noise = PixelBuffer.noise(width: 120, height: 90)

    static let regions = [
        Rectangle(x: 30, y: 20, width: 40, height: 48), Rectangle(x: -10, y: -10, width: 40, height: 40),
        Rectangle(x: 100, y: 70, width: 60, height: 60), Rectangle(x: 5.5, y: 60.25, width: 60, height: 11.5),
        Rectangle(x: 0, y: 0, width: 120, height: 90),
    ]

    @Test(arguments: regions, [BlurShape.rectangle, .ellipse])
    func insideIsSmoothAndOutsideUntouched(_ region: Rectangle, _ shape: BlurShape) throws {
        let hidden = Picture(noise).blurred([region], margin: 0, shape: shape).pixels
        let centre = Point(x: region.x + region.width / 2, y: region.y + region.height / 2)
        var (changed, inside) = (0, 0)
        for y in 0..<90 {
            for x in 0..<120 {
                let across = (Float(x) + 0.5 - centre.x) / region.width * 2
                let down = (Float(y) + 0.5 - centre.y) / region.height * 2
                let distance = shape == .ellipse ? across * across + down * down : max(abs(across), abs(down))
                if distance > 1.2 {
                    #expect(hidden[x, y] == noise[x, y])
                } else if distance <= 0.98 {
                    inside += 1
                    changed += hidden[x, y] == noise[x, y] ? 0 : 1
                    // Noise differs by 85 from pixel to pixel on average; what is left changes slowly.
                    guard distance < 0.8, x < 119 else { continue }
                    let step = hidden[x + 1, y] &- hidden[x, y]
                    #expect(max(abs(step.x), abs(step.y), abs(step.z)) <= 40)
                }
            }
        }
        #expect(inside > 100 && changed > inside * 9 / 10)
    }

    @Test func highFrequenciesAreGone() {
        let region = Rectangle(x: 20, y: 10, width: 80, height: 64)
        let hidden = Picture(noise).blurred([region], shape: .rectangle)
        #expect(hidden.sharpness(of: region) < Picture(noise).sharpness(of: region) / 1000)
    }

    /// A stroke that is thinner than a cell leaves no trace of where in the cell it was.
    @Test func whatIsSmallerThanACellCannotBeTold() {
        func stroke(at column: Int) -> PixelBuffer {
            PixelBuffer(width: 64, height: 64) { out in
                for index in out.indices { out[index] = index / 3 % 64 == column ? 255 : 0 }
            }
        }
        let region = Rectangle(x: 0, y: 0, width: 64, height: 64)
        let hidden = [24, 27, 31].map { column in
            Picture(stroke(at: column)).blurred([region], shape: .rectangle).pixels.bytes
        }
        #expect(hidden[0] == hidden[1] && hidden[1] == hidden[2])
    }

    @Test(arguments: [1, 3, 7, 12]) func smallRegionsAreHiddenToo(_ side: Int) {
        let region = Rectangle(x: 40, y: 40, width: Float(side), height: Float(side))
        let hidden = Picture(noise).blurred([region], margin: 0, shape: .rectangle).pixels
        let colours = Set((0..<side * side).map { hidden[40 + $0 % side, 40 + $0 / side] })
        if side < 8 { #expect(colours.count == 1) } else { #expect(hidden[45, 45] != noise[45, 45]) }
    }

    @Test func theMarginWidensTheRegion() {
        let region = Rectangle(x: 40, y: 40, width: 20, height: 20)
        let hidden = Picture(noise).blurred([region], margin: 0.5, shape: .rectangle).pixels
        #expect(hidden[31, 31] != noise[31, 31] && hidden[68, 68] != noise[68, 68])
        #expect(hidden[29, 50] == noise[29, 50] && hidden[70, 50] == noise[70, 50])
    }

    @Test func whatLiesOutsideHidesNothing() {
        let regions = [
            Rectangle(x: 200, y: 0, width: 9, height: 9), Rectangle(x: -40, y: -40, width: 20, height: 20),
            Rectangle(x: 5, y: 5, width: 0, height: 9),
        ]
        #expect(Picture(noise).blurred(regions).pixels.bytes == noise.bytes)
        #expect(Picture(noise).blurred([]).pixels.bytes == noise.bytes)
    }

    @Test(arguments: [Float.nan, .infinity]) func aRegionThatIsNoneHidesEverything(_ value: Float) {
        let region = Rectangle(x: 10, y: value, width: 20, height: 20)
        let hidden = Picture(noise).blurred([region])
        #expect(hidden.sharpness() < Picture(noise).sharpness() / 1000)
    }

    @Test func aPictureStoredSmallerIsHiddenInDisplayedPixels() throws {
        let file = try PixelBuffer.noise(width: 160, height: 120).jpeg(quality: 100)
        let small = try PictureDecoder().decode(file, useful: 80)
        let hidden = small.blurred([Rectangle(x: 80, y: 60, width: 80, height: 60)], margin: 0, shape: .rectangle)
        #expect(hidden.width == 160 && hidden.pixels.width == 80)
        #expect(hidden.pixels[20, 20] == small.pixels[20, 20] && hidden.pixels[79, 59] != small.pixels[79, 59])
        #expect(hidden.pixels[39, 40] == small.pixels[39, 40])
    }

    @Test func aRegionsJPEGShowsTheRegion() throws {
        let picture = try PictureDecoder().decode(Fixtures.bytes("rgb.png"))
        let file = try picture.jpeg(of: Rectangle(x: 24, y: 0, width: 24, height: 16), quality: 95)
        let crop = try PictureDecoder().decode(file).pixels
        #expect(crop.width == 24 && crop.height == 16)
        #expect(Quarters.difference(crop, from: .init(repeating: Quarters.colours[1], count: 4)) <= 4)
        let corner = try PictureDecoder().decode(
            picture.jpeg(of: Rectangle(x: 47, y: 31, width: 90, height: 90), quality: 500)
        ).pixels
        #expect(corner.width == 1 && corner.height == 1)
        let whole = try picture.jpeg(of: Rectangle(x: -5, y: -5, width: 99, height: 99))
        #expect(whole == (try picture.pixels.jpeg()))
    }
}
