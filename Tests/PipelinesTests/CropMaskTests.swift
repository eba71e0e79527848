import Imaging
import ModelCatalog
import Testing
import Vision

@testable import Pipelines

@Suite struct CropMaskTests {
    private let white = Picture(PixelBuffer(width: 60, height: 60) { $0.initialize(repeating: 255) })
    private let layout = TensorLayout(width: 30, height: 30, order: .nhwc, element: .uint8, fit: .stretch)

    private func pixels(_ crop: Crop, mirrored: Bool = false) -> [UInt8] {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 30 * 30 * 3, alignment: 16)
        defer { bytes.deallocate() }
        crop.write(of: white, layout, mirrored: mirrored, into: bytes)
        return stride(from: 0, to: bytes.count, by: 3).map { bytes[$0] }
    }

    private func level(_ pixels: [UInt8], _ x: Int, _ y: Int) -> UInt8 { pixels[y * 30 + x] }

    /// The picture at half its size, of which the columns from 20 to 40 are shown.
    @Test(arguments: [false, true])
    func nothingIsShownBeyondTheMask(mirrored: Bool) {
        let map = CropMap(turnedSquare: Point(x: 30, y: 30), side: 60, input: 30)
        let crop = Crop(map, maskedTo: Rectangle(x: 20, y: 0, width: 20, height: 60))
        let shown = pixels(crop, mirrored: mirrored)
        for y in [2, 15, 27] {
            #expect(level(shown, 15, y) == 255)
            for x in [0, 5, 8, 22, 25, 29] { #expect(level(shown, x, y) == 0, "\(x) \(y)") }
        }
        #expect(crop.picturePoint(Point(x: 15, y: 15)) == Point(x: 30, y: 30))
    }

    @Test func theCataloguedPoseModelIsMasked() throws {
        let crop = try #require(try Catalog.builtIn().entry("movenet_singlepose_lightning_192").input.crop)
        #expect(crop.mask == 0.05 && crop.scale == 1.05)
    }
}
