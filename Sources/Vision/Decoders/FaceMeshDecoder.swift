/// MediaPipe's face mesh (Y. Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs",
/// 2019): one output of 1404 values, 468 × (x, y, z in pixels of the input), and one of a single value, the logit of a
/// face.
public struct FaceMeshDecoder: Hashable, Sendable {
    private static let pointCount = 468

    public init() {}

    /// The mesh in pixels of the model's input.
    /// - Throws: ``DecodeError`` when the outputs are not of the shapes above or hold values that are not finite.
    public func mesh(in outputs: [TensorView]) throws(DecodeError) -> FaceMesh {
        let values = try outputs.ofCount(3 * Self.pointCount).finiteValues(count: 3 * Self.pointCount)
        let logit = try outputs.ofCount(1).finiteValues(count: 1)[0]
        let points = (0..<Self.pointCount).map { Point(x: values[3 * $0], y: values[3 * $0 + 1]) }
        let eyes = [[points[33], points[133]].mean, [points[362], points[263]].mean]
        return FaceMesh(
            points: points, alignmentPoints: eyes + [points[4], points[61], points[291]],
            score: ClassActivation.logistic(logit))
    }
}

/// A face as a mesh.
public struct FaceMesh: Hashable, Sendable {
    /// The 468 points of the mesh.
    public var points: [Point]
    /// Image-left eye, image-right eye, nose, image-left and image-right corner of the mouth; an eye is the middle of
    /// its two corners.
    public var alignmentPoints: [Point]
    /// Probability that the crop shows a face, 0–1.
    public var score: Float

    /// The mesh with each point moved, from the input's pixels to the picture's for example.
    public func mapped(_ transform: (Point) -> Point) -> FaceMesh {
        FaceMesh(
            points: points.map(transform), alignmentPoints: alignmentPoints.map(transform), score: score)
    }
}
