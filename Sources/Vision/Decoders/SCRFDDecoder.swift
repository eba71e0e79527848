/// SCRFD (Guo et al., "Sample and Computation Redistribution for Efficient Face Detection", 2021) as InsightFace
/// exports it: for each stride three outputs, n its cells times `anchorsPerCell`: scores [n, 1] (through the sigmoid),
/// boxes [n, 4] as distances left, top, right, bottom and points [n, 2 · pointCount], both in strides from the cell's
/// top left. A leading batch of 1 is read too. Their names say nothing: outputs are told apart by shape.
///
/// Five points are: image-left eye, image-right eye, nose, image-left and image-right corner of the mouth.
public struct SCRFDDecoder: Hashable, Sendable {
    public let strides: [Int]
    public let anchorsPerCell: [Int]
    /// 0 for a model without points, which has two outputs a stride.
    public let pointCount: Int

    public init(strides: [Int] = [8, 16, 32], anchorsPerCell: [Int]? = nil, pointCount: Int = 5) {
        self.strides = strides
        self.anchorsPerCell = anchorsPerCell ?? Array(repeating: 2, count: strides.count)
        self.pointCount = pointCount
    }

    /// The faces of at least `minimumScore`, before suppression, in pixels of the model's input.
    /// - Throws: ``DecodeError`` when an output of the shapes above is absent, or two have the same.
    public func detections(
        in outputs: [TensorView], inputWidth: Int, inputHeight: Int, minimumScore: Float
    ) throws(DecodeError) -> [Detection] {
        guard (0...256).contains(pointCount), pointCount != 2 else {
            throw DecodeError("SCRFD with \(pointCount) points cannot be decoded.")  // 2: shaped as the boxes are
        }
        let grid = try AnchorGrid(
            strides: strides, anchorsPerCell: anchorsPerCell, inputWidth: inputWidth, inputHeight: inputHeight)
        var faces: [Detection] = []
        for level in grid.levels {
            let scores = try outputs.values(ofOneShaped: [level.count, 1])
            let boxes = try outputs.values(ofOneShaped: [level.count, 4])
            let points = pointCount > 0 ? try outputs.values(ofOneShaped: [level.count, 2 * pointCount]) : boxes
            for index in 0..<level.count where scores[index] >= minimumScore {
                let found = face(
                    boxes + 4 * index, points + 2 * pointCount * index, level.cell(of: index), level.stride,
                    scores[index])
                if let found { faces.append(found) }
            }
        }
        return faces
    }

    private func face(
        _ sides: UnsafePointer<Float>, _ points: UnsafePointer<Float>, _ cell: (column: Float, row: Float),
        _ stride: Float, _ score: Float
    ) -> Detection? {
        Detection(
            left: (cell.column - sides[0]) * stride, top: (cell.row - sides[1]) * stride,
            right: (cell.column + sides[2]) * stride, bottom: (cell.row + sides[3]) * stride, score: score,
            classIndex: 0,
            points: (0..<pointCount).map { point in
                Point(
                    x: (cell.column + points[2 * point]) * stride, y: (cell.row + points[2 * point + 1]) * stride)
            })
    }
}
