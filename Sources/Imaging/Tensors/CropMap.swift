import Foundation
import Vision

/// Where each pixel of a model's input comes from in the picture: the affine map
/// x′ = row0·(x, y, 1), y′ = row1·(x, y, 1). Integers are pixel centres on both sides, as in OpenCV's `warpAffine`
/// with `WARP_INVERSE_MAP`. It also leads what a model finds in its input back into the picture.
public struct CropMap: Hashable, Sendable {
    public let row0: SIMD3<Double>
    public let row1: SIMD3<Double>

    public init(row0: SIMD3<Double>, row1: SIMD3<Double>) {
        self.row0 = row0
        self.row1 = row1
    }

    /// - Parameter origin: leads from the input into the picture.
    public init(_ origin: Similarity) {
        let (a, b) = (Double(origin.a), Double(origin.b))
        self.init(row0: [a, -b, Double(origin.tx)], row1: [b, a, Double(origin.ty)])
    }

    /// An aligned crop: the similarity that brings `points` of the picture nearest to `template`, which is given in
    /// pixels of the input (Umeyama 1991, see `Similarity`). `nil` when there is none or it squeezes everything to
    /// one point.
    public init?(aligning points: [Point], to template: [Point]) {
        guard let map = Similarity(mapping: points, to: template), let origin = map.inverse else { return nil }
        self.init(origin)
    }

    /// A square of the picture, turned about its centre, into `input` × `input` pixels, corner onto corner as
    /// MediaPipe cuts its regions.
    /// - Parameters:
    ///   - side: pixels of the picture.
    ///   - rotation: radians, clockwise as seen: the input's x axis lies at this angle in the picture.
    public init(turnedSquare centre: Point, side: Float, rotation: Float = 0, input: Int) {
        let scale = Double(side) / Double(input)
        let (a, b) = (cos(Double(rotation)) * scale, sin(Double(rotation)) * scale)
        let half = Double(input) / 2
        self.init(
            row0: [a, -b, Double(centre.x) - a * half + b * half],
            row1: [b, a, Double(centre.y) - b * half - a * half])
    }

    /// An upright region into `width` × `height` pixels with pixel centres at ½, as OpenCV's `resize` places them,
    /// for regions that reach beyond the picture. Inside it `write(_:region:into:)` is faster.
    public init(resizing region: Rectangle, width: Int, height: Int) {
        let scaleX = Double(region.width) / Double(width)
        let scaleY = Double(region.height) / Double(height)
        self.init(
            row0: [scaleX, 0, Double(region.x) + scaleX / 2 - 0.5],
            row1: [0, scaleY, Double(region.y) + scaleY / 2 - 0.5])
    }

    /// A point of the input as one of the picture.
    public func picturePoint(_ input: Point) -> Point {
        let position = SIMD3(Double(input.x), Double(input.y), 1)
        return Point(x: Float((row0 * position).sum()), y: Float((row1 * position).sum()))
    }

    /// The same map into a picture that is stored at `ratioX` × `ratioY` of its size.
    func scaled(x ratioX: Double, y ratioY: Double) -> CropMap {
        guard ratioX != 1 || ratioY != 1 else { return self }
        return CropMap(
            row0: [row0.x * ratioX, row0.y * ratioX, (row0.z + 0.5) * ratioX - 0.5],
            row1: [row1.x * ratioY, row1.y * ratioY, (row1.z + 0.5) * ratioY - 0.5])
    }
}
