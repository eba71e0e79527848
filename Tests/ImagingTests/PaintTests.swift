import Imaging
import Testing
import Vision

@Suite struct PaintTests {
    /// A picture of 96×96 whose middle 72×72 is `middle`, of which the top rows have another colour.
    private func picture(middle: [UInt8], top: [UInt8] = [], rows: Int = 0) -> Picture {
        Picture(
            PixelBuffer(width: 96, height: 96) { pixels in
                for y in 0..<96 {
                    for x in 0..<96 {
                        let isInside = (12..<84).contains(x) && (12..<84).contains(y)
                        let colour = isInside ? (y < 12 + rows ? top : middle) : [255, 0, 0]
                        for channel in 0..<3 { pixels[(y * 96 + x) * 3 + channel] = colour[channel] }
                    }
                }
            })
    }

    private let whole = Rectangle(x: 0, y: 0, width: 96, height: 96)

    @Test func theEdgeDoesNotCount() {
        let paint = picture(middle: [40, 40, 40]).paint(of: whole)
        #expect(paint.colourful == 0)
        #expect(abs(paint.brightQuarter - 40) < 0.01)
    }

    @Test(arguments: [(0, 0), (18, 0.25), (36, 0.5), (72, 1)] as [(Int, Float)])
    func redPixelsAreCounted(rows: Int, share: Float) {
        let paint = picture(middle: [60, 60, 60], top: [200, 30, 30], rows: rows).paint(of: whole)
        #expect(abs(paint.colourful - share) < 0.01)
    }

    @Test(arguments: [(10, 50), (26, 230)] as [(Int, Float)])
    func aQuarterOfBrightPixelsTells(rows: Int, luma: Float) {
        let paint = picture(middle: [50, 50, 50], top: [230, 230, 230], rows: rows).paint(of: whole)
        #expect(abs(paint.brightQuarter - luma) < 0.01)
    }

    @Test func aRegionBeyondThePictureIsCutOff() {
        let paint = picture(middle: [40, 40, 40]).paint(of: Rectangle(x: -20, y: 90, width: 400, height: 50))
        #expect(paint.colourful > 0.9)
    }
}
