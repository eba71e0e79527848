import Glibc

/// RetinaFace (Deng et al., 2019) trained on plates with four corners
/// (github.com/gm19900510/Pytorch_Retina_License_Plate): outputs `loc` [N, 4], `conf` [N, 2] (softmaxed, 1 is a plate)
/// and `landms` [N, 8], N the cells of each stride times its `minimumSizes`, squares in pixels of the input; a leading
/// batch of 1 is read too. The box's centre and the corners are given from the prior's centre in `variances[0]` of its
/// side, width and height as logarithms in `variances[1]`.
public struct RetinaPlateDecoder: Hashable, Sendable {
    public let strides: [Int]
    /// The side lengths of each stride's priors.
    public let minimumSizes: [[Float]]
    public let variances: [Float]

    public init(
        strides: [Int] = [8, 16, 32], minimumSizes: [[Float]] = [[24, 48], [96, 192], [384, 768]],
        variances: [Float] = [0.1, 0.2]
    ) {
        self.strides = strides
        self.minimumSizes = minimumSizes
        self.variances = variances
    }

    /// The plates of at least `minimumScore`, before suppression, in pixels of the model's input, with their corners
    /// clockwise from the top left.
    /// - Throws: ``DecodeError`` when the outputs are not named and shaped as above.
    public func detections(
        in outputs: [TensorView], inputWidth: Int, inputHeight: Int, minimumScore: Float
    ) throws(DecodeError) -> [Detection] {
        guard variances.count == 2, minimumSizes.joined().allSatisfy({ $0 > 0 && $0 < .infinity }) else {
            throw DecodeError("RetinaFace with variances \(variances) and sizes \(minimumSizes) cannot be decoded.")
        }
        let grid = try AnchorGrid(
            strides: strides, anchorsPerCell: minimumSizes.map(\.count), inputWidth: inputWidth,
            inputHeight: inputHeight)
        let locations = try outputs.named("loc").values(shapedPerhapsInBatch: [grid.count, 4])
        let confidences = try outputs.named("conf").values(shapedPerhapsInBatch: [grid.count, 2])
        let corners = try outputs.named("landms").values(shapedPerhapsInBatch: [grid.count, 8])
        var plates: [Detection] = []
        for (level, sizes) in zip(grid.levels, minimumSizes) {
            for index in 0..<level.count {
                let prior = level.first + index
                let score = confidences[2 * prior + 1]
                guard score >= minimumScore else { continue }
                let cell = level.cell(of: index)
                let centre = Point(x: (cell.column + 0.5) * level.stride, y: (cell.row + 0.5) * level.stride)
                let found = plate(
                    locations + 4 * prior, corners + 8 * prior, centre, side: sizes[index % sizes.count], score)
                if let found { plates.append(found) }
            }
        }
        return plates
    }

    private func plate(
        _ location: UnsafePointer<Float>, _ corners: UnsafePointer<Float>, _ centre: Point, side: Float,
        _ score: Float
    ) -> Detection? {
        let reach = side * variances[0]
        let points = (0..<4).map { corner in
            Point(x: centre.x + corners[2 * corner] * reach, y: centre.y + corners[2 * corner + 1] * reach)
        }
        return Quadrilateral(ordering: points).flatMap { plate in
            Detection(
                centreX: centre.x + location[0] * reach, centreY: centre.y + location[1] * reach,
                width: side * expf(location[2] * variances[1]), height: side * expf(location[3] * variances[1]),
                score: score, classIndex: 0, points: plate.points)
        }
    }
}
