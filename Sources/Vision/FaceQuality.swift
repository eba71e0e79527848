/// How well a face suits recognition; every part 0–1, 1 is best.
public struct FaceQuality: Hashable, Sendable {
    /// The box's shorter side, from 0 at 16 pixels to 1 at 112, the side of the usual embedding input.
    public let size: Float
    /// How frontal the head is: the nose midway between the eyes and between eyes and mouth. A turn in the picture's
    /// plane costs nothing, alignment undoes it.
    public let pose: Float
    /// From the variance of the Laplacian over that of the luma, so that a dark face is not taken for a blurred one:
    /// 0 when flat, 1 from ``sharpRatio`` on.
    public let sharpness: Float
    /// How well lit: neither dark nor glaring, with contrast, few pixels without detail.
    public let exposure: Float

    /// The geometric mean of the parts: what one of them spoils, the others do not save.
    public var overall: Float { (size * pose * sharpness * exposure).squareRoot().squareRoot() }

    /// Variance of the Laplacian over that of the luma, on a face brought to 128 pixels, of a face in focus.
    public static let sharpRatio: Float = 0.04

    /// - Parameters:
    ///   - face: box and five points (image-left eye, image-right eye, nose, mouth corners left, right) in pixels of
    ///     the picture. With six points (eyes, nose, middle of the mouth, ears) the first four count.
    ///   - sharpness: variance of the Laplacian of the face.
    ///   - brightness: mean luma, 0–255.
    ///   - contrast: standard deviation of luma over 255.
    ///   - clipped: share of pixels that are black or white, 0–1.
    public init(_ face: Detection, sharpness: Float, brightness: Float, contrast: Float, clipped: Float) {
        size = unit((min(face.box.width, face.box.height) - 16) / (112 - 16))
        pose = face.frontality
        let variance = contrast * contrast * 255 * 255
        self.sharpness = variance > 1 ? unit((sharpness / variance / Self.sharpRatio).squareRoot()) : 0
        let light = min(unit(brightness / 50), unit((255 - brightness) / 40))
        exposure = light * unit(contrast / 0.06) * unit(1 - clipped)
    }
}

extension Detection {
    /// 1 with the nose in the middle, falling to 0 with the nose beside an eye or level with eyes or mouth. 0 without
    /// finite landmarks.
    fileprivate var frontality: Float {
        guard points.count == 5 || points.count == 6, points.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else {
            return 0
        }
        let mouth = points.count == 5 ? [points[3], points[4]].mean : points[3]
        let frontality =
            midwayness(of: points[2], from: points[0], to: points[1])
            * midwayness(of: points[2], from: [points[0], points[1]].mean, to: mouth)
        return frontality.isFinite ? frontality : 0
    }
}

private func unit(_ value: Float) -> Float { value.isFinite ? min(1, max(0, value)) : 0 }

/// 1 when the foot of `point` on the line lies midway from `start` to `end`, falling evenly to 0 at both ends.
private func midwayness(of point: Point, from start: Point, to end: Point) -> Float {
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let square = dx * dx + dy * dy
    guard square > 0 else { return 0 }
    let position = ((point.x - start.x) * dx + (point.y - start.y) * dy) / square
    return max(0, 1 - 2 * abs(position - 0.5))
}
