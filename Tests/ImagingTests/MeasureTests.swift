import Foundation
import Testing
import Vision

@testable import Imaging

struct MeasureTests {
    @Test func sharpnessIsOpenCVsVarianceOfTheLaplacian() throws {
        let expected = try OpenCVResults.load().crops.laplacianVariance
        let seen = Picture(.noise(width: 128, height: 128)).sharpness()
        // OpenCV rounds grey levels first.
        #expect(abs(seen / expected - 1) < 0.001)
    }

    @Test func everyBlurLowersSharpness() {
        let sharp = Self.stripes(width: 128, height: 96, period: 8)
        let values = [1, 2, 4, 8].map { Picture(Self.smoothed(sharp, $0)).sharpness() }
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 > $1 * 1.5 })
        #expect(Picture(.plain(width: 50, height: 40, [90, 80, 70])).sharpness() < 1e-3)
    }

    /// The same scene twice as large is as sharp.
    @Test func sizeDoesNotCountAsSharpness() {
        let small = Picture(Self.waves(width: 128, height: 96, period: 16))
        let large = Picture(Self.waves(width: 256, height: 192, period: 32))
        #expect(abs(small.sharpness() / large.sharpness() - 1) < 0.1)
    }

    @Test func onlyTheRegionCounts() {
        let half = PixelBuffer(width: 80, height: 40) { out in
            for index in out.indices { out[index] = index / 3 % 80 < 40 ? 100 : UInt8(index / 3 % 2 * 255) }
        }
        let picture = Picture(half)
        #expect(picture.sharpness(of: Rectangle(x: 0, y: 0, width: 40, height: 40)) < 1)
        #expect(picture.sharpness(of: Rectangle(x: 40, y: 0, width: 40, height: 40)) > 100)
        #expect(picture.exposure(of: Rectangle(x: 0, y: 0, width: 40, height: 40)).contrast < 1e-3)
    }

    static let plains: [(SIMD3<UInt8>, Exposure)] = [
        ([0, 0, 0], Exposure(mean: 0, contrast: 0, dark: 1, bright: 0)),
        ([25, 25, 25], Exposure(mean: 25, contrast: 0, dark: 1, bright: 0)),
        ([26, 26, 26], Exposure(mean: 26, contrast: 0, dark: 0, bright: 0)),
        ([246, 246, 246], Exposure(mean: 246, contrast: 0, dark: 0, bright: 0)),
        ([247, 247, 247], Exposure(mean: 247, contrast: 0, dark: 0, bright: 1)),
        ([100, 150, 200], Exposure(mean: 140.75, contrast: 0, dark: 0, bright: 0)),
    ]

    @Test(arguments: plains) func plainColoursHaveTheirLuma(_ colour: SIMD3<UInt8>, _ expected: Exposure) {
        let exposure = Picture(.plain(width: 9, height: 7, colour)).exposure()
        #expect(abs(exposure.mean - expected.mean) < 0.01 && exposure.contrast < 1e-3)
        #expect(exposure.dark == expected.dark && exposure.bright == expected.bright)
    }

    @Test func blackAndWhiteHaveTheLargestContrast() {
        let exposure = Picture(Self.stripes(width: 64, height: 8, period: 2)).exposure()
        #expect(abs(exposure.contrast - 0.5) < 1e-4 && exposure.dark == 0.5 && exposure.bright == 0.5)
    }

    @Test(arguments: [Rectangle(x: .nan, y: 0, width: 1, height: 1), Rectangle(x: 900, y: -9, width: 1, height: 1)])
    func oddRegionsGiveFiniteNumbers(_ region: Rectangle) {
        let picture = Picture(.noise(width: 30, height: 20))
        let exposure = picture.exposure(of: region)
        #expect(picture.sharpness(of: region).isFinite && exposure.mean.isFinite && exposure.contrast.isFinite)
    }

    private static func waves(width: Int, height: Int, period: Double) -> PixelBuffer {
        PixelBuffer(width: width, height: height) { out in
            for index in out.indices {
                out[index] = UInt8(127.5 + 120 * sin(Double(index / 3 % width) * 2 * .pi / period))
            }
        }
    }

    private static func stripes(width: Int, height: Int, period: Int) -> PixelBuffer {
        PixelBuffer(width: width, height: height) { out in
            for index in out.indices { out[index] = index / 3 % width % period < period / 2 ? 0 : 255 }
        }
    }

    /// Averages over `count` columns.
    private static func smoothed(_ pixels: PixelBuffer, _ count: Int) -> PixelBuffer {
        PixelBuffer(width: pixels.width, height: pixels.height) { out in
            for index in out.indices {
                let (x, y) = (index / 3 % pixels.width, index / 3 / pixels.width)
                let sum = (0..<count).reduce(0) { $0 + pixels[min(x + $1, pixels.width - 1), y].x }
                out[index] = UInt8(sum / count)
            }
        }
    }
}
