/// LPD-YuNet (github.com/opencv/opencv_zoo, models/license_plate_detection_yunet), an SSD head: outputs `loc` [N, 14],
/// `conf` [N, 2] and `iou` [N, 1], N the priors: the whole cells of each stride times its `minimumSizes` (pixels of the
/// input). Score = √(conf₁ × iou), iou held to 0–1. `loc` 4–5, 6–7, 10–11 and 12–13 are the corners, in `variance` of
/// the prior's size from its centre (8–9 is the plate's middle, 0–3 a box that the corners make superfluous).
public struct LPDYuNetDecoder: Hashable, Sendable {
    public let strides: [Int]
    /// The side lengths of each stride's priors.
    public let minimumSizes: [[Float]]
    public let variance: Float

    public init(
        strides: [Int] = [8, 16, 32, 64],
        minimumSizes: [[Float]] = [[10, 16, 24], [32, 48], [64, 96], [128, 192, 256]], variance: Float = 0.1
    ) {
        self.strides = strides
        self.minimumSizes = minimumSizes
        self.variance = variance
    }

    /// The plates of at least `minimumScore` with their corners clockwise from the top left, before suppression, in
    /// pixels of the model's input. The picture was stretched to the input, so the angles are those of the input.
    /// - Throws: ``DecodeError`` when the outputs are not named and shaped as above.
    public func detections(
        in outputs: [TensorView], inputWidth: Int, inputHeight: Int, minimumScore: Float
    ) throws(DecodeError) -> [Detection] {
        let grid = try AnchorGrid(
            strides: strides, anchorsPerCell: minimumSizes.map(\.count), inputWidth: inputWidth,
            inputHeight: inputHeight, rounding: .down)
        let locations = try outputs.named("loc").values(shaped: [grid.count, 14])
        let confidences = try outputs.named("conf").values(shaped: [grid.count, 2])
        let overlaps = try outputs.named("iou").values(shaped: [grid.count, 1])
        var plates: [Detection] = []
        for (level, sizes) in zip(grid.levels, minimumSizes) {
            for index in 0..<level.count {
                let prior = level.first + index
                let (confidence, overlap) = (confidences[2 * prior + 1], overlaps[prior])
                guard confidence >= 0, overlap.isFinite else { continue }
                let score = (confidence * min(max(overlap, 0), 1)).squareRoot()
                guard score >= minimumScore else { continue }
                let reach = sizes[index % sizes.count] * variance
                let found = plate(locations + 14 * prior, level.cell(of: index), level.stride, reach, score)
                if let found { plates.append(found) }
            }
        }
        return plates
    }

    private func plate(
        _ location: UnsafePointer<Float>, _ cell: (column: Float, row: Float), _ stride: Float, _ reach: Float,
        _ score: Float
    ) -> Detection? {
        let centre = Point(x: (cell.column + 0.5) * stride, y: (cell.row + 0.5) * stride)
        let corners = [4, 6, 10, 12].map { index in
            Point(x: centre.x + location[index] * reach, y: centre.y + location[index + 1] * reach)
        }
        return Quadrilateral(ordering: corners).flatMap { plate in
            let box = plate.boundingRectangle
            return Detection(
                left: box.x, top: box.y, right: box.right, bottom: box.bottom, score: score, classIndex: 0,
                points: plate.points)
        }
    }
}
