/// The heads of MediaPipe's BlazeFace (Bazarevsky et al., 2019) and BlazePose detectors: coordinates
/// [1, N, 4 + 2 · pointCount] and logits of the score [1, N, 1], told apart by their last dimension; N the cells of all
/// strides times `anchorsPerCell`. Centre x, y, width, height and the points are in pixels of the input, centre and
/// points from the centre of the anchor's cell.
///
/// BlazeFace's six points are told by ``FaceLandmark/blazeFace``. BlazePose's detector gives the box of the face and
/// four points: the middle of the hips, a point of the circle around the whole body, the middle of the shoulders and a
/// point of the circle around the upper body.
///
/// Its detections want ``Swift/Array/blended(iou:limit:candidates:)``; `minimumScore` says what is blended, too.
public struct BlazeFaceDecoder: Hashable, Sendable {
    public let strides: [Int]
    public let anchorsPerCell: [Int]
    public let pointCount: Int

    /// The short range model of faces is the standard; the full range has strides [4] and one anchor, the detector of
    /// persons strides [8, 16, 32] with [2, 2, 6] anchors and four points.
    public init(strides: [Int] = [8, 16], anchorsPerCell: [Int] = [2, 6], pointCount: Int = 6) {
        self.strides = strides
        self.anchorsPerCell = anchorsPerCell
        self.pointCount = pointCount
    }

    /// The detections of at least `minimumScore`, before suppression, in pixels of the model's input.
    /// - Throws: ``DecodeError`` when an output of the shapes above is absent, or two have the same.
    public func detections(
        in outputs: [TensorView], inputWidth: Int, inputHeight: Int, minimumScore: Float
    ) throws(DecodeError) -> [Detection] {
        guard (0...256).contains(pointCount) else {
            throw DecodeError("BlazeFace with \(pointCount) points cannot be decoded.")
        }
        let grid = try AnchorGrid(
            strides: strides, anchorsPerCell: anchorsPerCell, inputWidth: inputWidth, inputHeight: inputHeight)
        let width = 4 + 2 * pointCount
        let coordinates = try outputs.values(ofOneShaped: [1, grid.count, width])
        let logits = try outputs.values(ofOneShaped: [1, grid.count, 1])
        var detections: [Detection] = []
        for level in grid.levels {
            for index in 0..<level.count {
                let anchor = level.first + index
                let logit = logits[anchor]
                guard logit.isFinite, sigmoid(logit) >= minimumScore else { continue }
                let cell = level.cell(of: index)
                let centre = Point(x: (cell.column + 0.5) * level.stride, y: (cell.row + 0.5) * level.stride)
                let found = detection(coordinates + anchor * width, centre, sigmoid(logit))
                if let found { detections.append(found) }
            }
        }
        return detections
    }

    private func detection(_ values: UnsafePointer<Float>, _ centre: Point, _ score: Float) -> Detection? {
        Detection(
            centreX: centre.x + values[0], centreY: centre.y + values[1], width: values[2], height: values[3],
            score: score, classIndex: 0,
            points: (0..<pointCount).map { point in
                Point(x: centre.x + values[4 + 2 * point], y: centre.y + values[5 + 2 * point])
            })
    }
}
