import Foundation
import Testing
import Vision

@testable import Imaging

extension Picture {
    /// The tensor's bytes, and where the region went. Bytes that nobody writes are 0xAA.
    func tensor(_ layout: TensorLayout, region: Rectangle? = nil) -> (bytes: [UInt8], letterbox: Letterbox) {
        let area = wholePixels(of: region)
        var bytes = [UInt8](
            repeating: 0xAA, count: layout.canvas(width: area.width, height: area.height).byteCount)
        let letterbox = bytes.withUnsafeMutableBytes { write(layout, region: region, into: $0) }
        return (bytes, letterbox)
    }
}

struct TensorTests {
    private static let resizes = (try? OpenCVResults.load().resizes) ?? []

    @Test func openCVsResultsAreThere() { #expect(Self.resizes.count >= 12) }

    @Test(arguments: resizes.indices) func resizingEqualsOpenCVBitForBit(_ index: Int) {
        let sample = Self.resizes[index]
        let picture = Picture(.noise(width: sample.source[0], height: sample.source[1]))
        let layout = TensorLayout(
            width: sample.target[0], height: sample.target[1], order: .nhwc, element: .uint8, fit: .stretch)
        let difference = zip(picture.tensor(layout).bytes, sample.pixels).map { abs(Int($0) - Int($1)) }
        #expect(difference.max() == 0, "\(sample.source) to \(sample.target)")
    }

    @Test func aRegionIsResizedAsIfItHadBeenCutOut() {
        let picture = Picture(.noise(width: 40, height: 30))
        let region = Rectangle(x: 7, y: 4, width: 21, height: 17)
        let layout = TensorLayout(width: 16, height: 16, element: .uint8)
        let cut = Picture(picture.cropped(to: region))
        #expect(picture.tensor(layout, region: region).bytes == cut.tensor(layout).bytes)
    }

    struct Placement {
        let fit: TensorLayout.Fit
        let size: (Int, Int)
        let canvas: (Int, Int)
        let placed: (Int, Int)
        let offset: (Float, Float)
    }

    static let placements = [
        Placement(fit: .letterbox, size: (1280, 720), canvas: (512, 512), placed: (512, 288), offset: (0, 112)),
        Placement(fit: .letterbox, size: (100, 333), canvas: (512, 512), placed: (154, 512), offset: (179, 0)),
        Placement(fit: .letterboxTopLeft, size: (720, 1280), canvas: (512, 512), placed: (288, 512), offset: (0, 0)),
        Placement(fit: .stretch, size: (5, 99), canvas: (512, 512), placed: (512, 512), offset: (0, 0)),
        Placement(fit: .longestSide, size: (1280, 720), canvas: (512, 288), placed: (512, 288), offset: (0, 0)),
        Placement(fit: .longestSide, size: (100, 101), canvas: (512, 512), placed: (507, 512), offset: (0, 0)),
        Placement(fit: .longestSide, size: (333, 100), canvas: (512, 160), placed: (512, 154), offset: (0, 0)),
        Placement(fit: .naturalWidth, size: (1000, 512), canvas: (512, 512), placed: (512, 512), offset: (0, 0)),
        Placement(fit: .naturalWidth, size: (101, 512), canvas: (101, 512), placed: (101, 512), offset: (0, 0)),
        Placement(fit: .naturalWidth, size: (333, 1000), canvas: (171, 512), placed: (171, 512), offset: (0, 0)),
        Placement(fit: .naturalWidth, size: (1, 100), canvas: (16, 512), placed: (16, 512), offset: (0, 0)),
        Placement(
            fit: .shortestSide(longest: 2000), size: (300, 100), canvas: (1536, 512), placed: (1536, 512),
            offset: (0, 0)),
        // 600 stays, and becomes the multiple of 32 that is nearest.
        Placement(
            fit: .shortestSide(longest: 2000), size: (700, 600), canvas: (704, 608), placed: (704, 608), offset: (0, 0)),
        Placement(
            fit: .shortestSide(longest: 1000), size: (3000, 1000), canvas: (992, 320), placed: (992, 320),
            offset: (0, 0)),
        Placement(
            fit: .shortestSide(longest: 1000), size: (1, 3000), canvas: (32, 992), placed: (32, 992), offset: (0, 0)),
        // 1025 × 0.5 is 512.5: to even, as Python rounds.
        Placement(fit: .letterbox, size: (1024, 5), canvas: (512, 512), placed: (512, 2), offset: (0, 255)),
        Placement(fit: .letterbox, size: (10_000, 1), canvas: (512, 512), placed: (512, 1), offset: (0, 255)),
    ]

    @Test(arguments: placements.indices) func pictureLiesWhereTheFitSays(_ index: Int) {
        let expected = Self.placements[index]
        let layout = TensorLayout(width: 512, height: 512, fit: expected.fit, pad: 114)
        let picture = Picture(.plain(width: expected.size.0, height: expected.size.1, [9, 9, 9]))
        let canvas = layout.canvas(width: picture.width, height: picture.height)
        #expect((canvas.width, canvas.height) == expected.canvas)
        #expect(canvas.shape == [1, 3, canvas.height, canvas.width])
        let (bytes, letterbox) = picture.tensor(layout)
        #expect((letterbox.offset.x, letterbox.offset.y) == expected.offset)
        let values = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let inside = values.indices.filter { values[$0] == 9 }
        #expect(inside.count == expected.placed.0 * expected.placed.1 * 3)
        #expect(values.count(where: { $0 == 114 }) == values.count - inside.count)
        #expect(inside.first == Int(expected.offset.1) * canvas.width + Int(expected.offset.0))
    }

    @Test(arguments: [TensorLayout.Order.nchw, .nhwc], [TensorLayout.Channels.rgb, .bgr])
    func channelsAreNormalisedInTheModelsOrder(_ order: TensorLayout.Order, _ channels: TensorLayout.Channels) {
        let picture = Picture(.plain(width: 4, height: 2, [10, 20, 30]))
        let layout = TensorLayout(
            width: 4, height: 4, order: order, channels: channels, pad: 100, mean: [1, 2, 3], deviation: [2, 4, 8])
        let values = picture.tensor(layout).bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let levels: SIMD3<Float> = channels == .rgb ? [10, 20, 30] : [30, 20, 10]
        for channel in 0..<3 {
            for row in 0..<4 {
                let level = row == 1 || row == 2 ? levels[channel] : 100
                let expected = (level - layout.mean[channel]) / layout.deviation[channel]
                for column in 0..<4 {
                    let at = order == .nchw ? channel * 16 + row * 4 + column : (row * 4 + column) * 3 + channel
                    #expect(values[at] == expected)
                }
            }
        }
    }

    @Test(arguments: [
        TensorLayout.Fit.letterbox, .letterboxTopLeft, .stretch, .longestSide, .naturalWidth,
    ])
    func theLetterboxLeadsBack(_ fit: TensorLayout.Fit) {
        let picture = Picture(.noise(width: 301, height: 177))
        let region = Rectangle(x: 20, y: 30, width: 200, height: 101)
        let layout = TensorLayout(width: 96, height: 64, element: .uint8, fit: fit)
        let letterbox = picture.tensor(layout, region: region).letterbox
        for point in [Point(x: 20, y: 30), Point(x: 220, y: 131), Point(x: 99.5, y: 77.25)] {
            let input = Point(
                x: (point.x - letterbox.origin.x) * letterbox.scaleX + letterbox.offset.x,
                y: (point.y - letterbox.origin.y) * letterbox.scaleY + letterbox.offset.y)
            #expect(input.x >= -0.01 && input.x <= 96.01 && input.y >= -0.01 && input.y <= 64.01)
            let back = letterbox.picturePoint(input)
            #expect(abs(back.x - point.x) < 0.01 && abs(back.y - point.y) < 0.01)
        }
    }

    @Test(arguments: [
        (Rectangle(x: -50, y: -50, width: 10, height: 10), [0, 0, 1, 1]),
        (Rectangle(x: 500, y: 500, width: 10, height: 10), [39, 29, 1, 1]),
        (Rectangle(x: 3.4, y: 3.6, width: 10, height: 10), [3, 4, 10, 10]),
        (Rectangle(x: -5, y: 10, width: 100, height: 100), [0, 10, 40, 20]),
        (Rectangle(x: 5, y: 5, width: -3, height: 0), [5, 5, 1, 1]),
        (Rectangle(x: .nan, y: .infinity, width: .nan, height: -.infinity), [0, 29, 1, 1]),
    ])
    func regionsAreClippedAndNeverEmpty(_ region: Rectangle, _ expected: [Int]) {
        let area = Picture(.noise(width: 40, height: 30)).wholePixels(of: region)
        #expect([area.x, area.y, area.width, area.height] == expected)
    }
}
