/// The YOLOv8 face head (github.com/derronqi/yolov8-face), exported without its decoding: for each stride one output
/// [1, 4 · bins + 1 + 3 · pointCount, rows, columns], told apart by the rows and columns. The channels are a
/// distribution over `bins` distances for left, top, right and bottom, of which softmax and expectation give strides
/// from the cell's centre; the logit of the score; x, y and the logit of its confidence for each point, which lies at
/// (2 · x + column, 2 · y + row) strides.
///
/// The points are: image-left eye, image-right eye, nose, image-left and image-right corner of the mouth.
public struct YOLOv8FaceDecoder: Hashable, Sendable {
    public let strides: [Int]
    public let bins: Int
    public let pointCount: Int

    public init(strides: [Int] = [8, 16, 32], bins: Int = 16, pointCount: Int = 5) {
        self.strides = strides
        self.bins = bins
        self.pointCount = pointCount
    }

    /// The faces of at least `minimumScore` with their points and the points' confidences, before suppression, in
    /// pixels of the model's input.
    /// - Throws: ``DecodeError`` when an output of the shapes above is absent, or two have the same.
    public func detections(
        in outputs: [TensorView], inputWidth: Int, inputHeight: Int, minimumScore: Float
    ) throws(DecodeError) -> [Detection] {
        guard (1...256).contains(bins), (0...256).contains(pointCount) else {
            throw DecodeError("YOLOv8 face with \(bins) bins and \(pointCount) points cannot be decoded.")
        }
        let grid = try AnchorGrid(strides: strides, inputWidth: inputWidth, inputHeight: inputHeight)
        var faces: [Detection] = []
        for level in grid.levels {
            let shape = [1, 4 * bins + 1 + 3 * pointCount, level.count / level.columns, level.columns]
            let channels = try outputs.values(ofOneShaped: shape)
            for index in 0..<level.count {
                let logit = channels[4 * bins * level.count + index]
                guard logit.isFinite, sigmoid(logit) >= minimumScore,
                    let found = face(channels + index, level: level, index: index, score: sigmoid(logit))
                else { continue }
                faces.append(found)
            }
        }
        return faces
    }

    /// - Parameter channels: the cell's first value; its next one lies a plane of the level further.
    private func face(
        _ channels: UnsafePointer<Float>, level: AnchorGrid.Level, index: Int, score: Float
    ) -> Detection? {
        let (plane, stride, cell) = (level.count, level.stride, level.cell(of: index))
        func side(_ number: Int) -> Float { (channels + number * bins * plane).expectedBin(of: bins, step: plane) }
        func point(_ number: Int, _ value: Int) -> Float { channels[(4 * bins + 1 + 3 * number + value) * plane] }
        return Detection(
            left: (cell.column + 0.5 - side(0)) * stride, top: (cell.row + 0.5 - side(1)) * stride,
            right: (cell.column + 0.5 + side(2)) * stride, bottom: (cell.row + 0.5 + side(3)) * stride,
            score: score, classIndex: 0,
            points: (0..<pointCount).map { number in
                Point(
                    x: (2 * point(number, 0) + cell.column) * stride, y: (2 * point(number, 1) + cell.row) * stride)
            },
            pointScores: (0..<pointCount).map { sigmoid(point($0, 2)) })
    }
}
