import Foundation
import Testing
import Vision

@testable import Imaging

extension Picture {
    /// The bytes of a crop's tensor.
    fileprivate func crop(_ layout: TensorLayout, _ origin: CropMap, _ border: WarpBorder = .grey(0)) -> [UInt8] {
        let canvas = layout.canvas(width: layout.width, height: layout.height)
        var bytes = [UInt8](repeating: 0xAA, count: canvas.byteCount)
        bytes.withUnsafeMutableBytes { write(layout, origin: origin, border: border, into: $0) }
        return bytes
    }
}

struct CropTests {
    private static let expected = try? OpenCVResults.load().crops
    private let noise = Picture(.noise(width: 36, height: 24))
    private let pixels = TensorLayout(width: 20, height: 20, order: .nhwc, element: .uint8, fit: .stretch)

    @Test func openCVsResultsAreThere() throws {
        let expected = try #require(Self.expected)
        #expect(expected.squares.count >= 6 && expected.maps.count >= 8 && expected.boxes.count >= 8)
    }

    @Test(arguments: (expected?.squares ?? []).indices) func turnedSquaresEqualOpenCVBitForBit(_ index: Int) throws {
        let sample = try #require(Self.expected?.squares[index])
        let map = CropMap(
            turnedSquare: Point(x: sample.square[0], y: sample.square[1]), side: sample.square[2],
            rotation: sample.square[3], input: 20)
        #expect(noise.crop(pixels, map, Self.border(sample.border)) == Array(sample.pixels))
    }

    @Test(arguments: (expected?.maps ?? []).indices) func affineCropsEqualOpenCVBitForBit(_ index: Int) throws {
        let sample = try #require(Self.expected?.maps[index])
        let map = CropMap(row0: SIMD3(sample.rows[0]), row1: SIMD3(sample.rows[1]))
        #expect(noise.crop(pixels, map, Self.border(sample.border)) == Array(sample.pixels))
    }

    @Test func anAlignedFaceBringsItsPointsOntoTheTemplate() throws {
        let template = [Point(x: 38, y: 51), Point(x: 73, y: 51), Point(x: 56, y: 71), Point(x: 41, y: 92)]
        let face = Similarity(a: 1.3, b: -0.6, tx: 80, ty: 60)
        let map = try #require(CropMap(aligning: template.map(face.apply), to: template))
        for point in template {
            let (there, expected) = (map.picturePoint(point), face.apply(point))
            #expect(abs(there.x - expected.x) < 0.01 && abs(there.y - expected.y) < 0.01)
        }
        #expect(CropMap(aligning: template, to: [Point](repeating: Point(x: 1, y: 1), count: 4)) == nil)
        #expect(CropMap(aligning: [Point(x: .nan, y: 0)] + template.dropFirst(), to: template) == nil)
    }

    @Test func aCropIsNormalisedInTheModelsOrder() {
        let layout = TensorLayout(width: 20, height: 20, channels: .bgr, mean: [1, 2, 3], deviation: [2, 4, 8])
        let map = CropMap(turnedSquare: Point(x: 18, y: 12), side: 30, rotation: 0.3, input: 20)
        let levels = noise.crop(pixels, map)
        let values = noise.crop(layout, map).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        for index in 0..<400 {
            for channel in 0..<3 {
                let level = Float(levels[index * 3 + 2 - channel])
                #expect(values[channel * 400 + index] == (level - layout.mean[channel]) / layout.deviation[channel])
            }
        }
    }

    @Test func anUprightRegionIsWhatResizingGives() {
        let region = Rectangle(x: 4, y: 3, width: 30, height: 20)
        let resized = noise.tensor(pixels, region: region).bytes
        let cropped = noise.crop(pixels, CropMap(resizing: region, width: 20, height: 20), .replicate)
        // Positions are rounded to 1/32 of a pixel; resizing replicates the region's edge, not the picture's.
        let inner = (1..<19).flatMap { y in (1..<19).flatMap { x in (0..<3).map { (y * 20 + x) * 3 + $0 } } }
        #expect(inner.allSatisfy { abs(Int(resized[$0]) - Int(cropped[$0])) <= 9 })
    }

    @Test func beyondThePictureIsTheBorder() {
        let plain = Picture(.plain(width: 8, height: 8, [10, 20, 30]))
        let map = CropMap(turnedSquare: Point(x: 100, y: -100), side: 20, input: 20)
        #expect(Set(plain.crop(pixels, map)) == [0])
        #expect(Set(plain.crop(pixels, map, .grey(7))) == [7])
        #expect(Set(plain.crop(pixels, map, .replicate)) == [10, 20, 30])
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, 1e38]) func numbersThatAreNoneGiveSomeCrop(_ value: Float) {
        let maps = [
            CropMap(turnedSquare: Point(x: value, y: 2), side: 4, input: 20),
            CropMap(turnedSquare: Point(x: 2, y: 2), side: value, rotation: value, input: 20),
            CropMap(Similarity(a: value, b: -value, tx: value, ty: value)),
        ]
        for map in maps { #expect(noise.crop(pixels, map).count == 1200) }
    }

    @Test func aPictureStoredSmallerIsCroppedInDisplayedPixels() throws {
        let small = try PictureDecoder().decode(Fixtures.bytes("444.jpg"), useful: 24)
        let map = CropMap(turnedSquare: Point(x: 36, y: 8), side: 12, rotation: 0.4, input: 20)
        let bytes = small.crop(pixels, map)
        for channel in 0..<3 { #expect(abs(Int(bytes[630 + channel]) - Quarters.colours[1][channel]) <= 12) }
    }

    @Test(arguments: (expected?.boxes ?? []).indices) func boxesAreMovedInsideAsMinivisionDoes(_ index: Int) throws {
        let sample = try #require(Self.expected?.boxes[index])
        let box = Rectangle(x: sample.box[0], y: sample.box[1], width: sample.box[2], height: sample.box[3])
        let picture = Picture(.plain(width: 100, height: 80, .zero))
        let region = try #require(picture.regionInside(around: box, scale: sample.scale))
        #expect([region.x, region.y, region.right - 1, region.bottom - 1] == sample.region)
    }

    @Test func emptyBoxesHaveNoRegion() {
        for box in [
            Rectangle(x: 1, y: 1, width: 0, height: 5), Rectangle(x: .nan, y: 1, width: 2, height: 5),
            Rectangle(x: 1, y: 1, width: .infinity, height: 5), Rectangle(x: 1, y: 1, width: 2, height: -5),
        ] { #expect(noise.regionInside(around: box, scale: 2) == nil) }
        #expect(noise.regionInside(around: Rectangle(x: 1, y: 1, width: 2, height: 2), scale: .nan) == nil)
    }

    @Test(arguments: [TensorLayout.Order.nchw, .nhwc], [TensorLayout.Element.float32, .uint8])
    func aBatchHoldsACropAndItsMirrorImage(_ order: TensorLayout.Order, _ element: TensorLayout.Element) {
        let layout = TensorLayout(width: 12, height: 9, order: order, element: element, fit: .stretch)
        let canvas = layout.canvas(width: 12, height: 9)
        #expect(canvas.shape(batch: 3) == [3] + canvas.shape.dropFirst())
        let source = PixelBuffer.noise(width: 12, height: 9)
        var batch = [UInt8](repeating: 0xAA, count: 3 * canvas.byteCount)
        batch.withUnsafeMutableBytes { memory in
            let slot = canvas.slot(1, of: memory)
            Picture(source).write(layout, into: slot)
            canvas.mirror(UnsafeRawBufferPointer(slot), into: canvas.slot(2, of: memory))
        }
        let parts = (0..<3).map { Array(batch[$0 * canvas.byteCount..<($0 + 1) * canvas.byteCount]) }
        #expect(Set(parts[0]) == [0xAA])
        #expect(parts[1] == Picture(source).tensor(layout).bytes)
        #expect(parts[2] == Picture(source.oriented(.mirrored)).tensor(layout).bytes)
    }

    private static func border(_ level: Int) -> WarpBorder { level < 0 ? .replicate : .grey(UInt8(level)) }
}
