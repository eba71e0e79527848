/// The YOLOv8 pose head as Ultralytics exports it: one output [1, 5 + 3 · pointCount, N], N the cells of all strides.
/// The rows are centre x, centre y, width, height in pixels of the input, the probability of a person, then x, y and
/// the confidence of each point. The transposed layout [1, N, 5 + 3 · pointCount] is read too, when the two differ.
///
/// The 17 points of COCO are nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles; of each pair first the
/// one on the person's left.
public struct YOLOv8PoseDecoder: Hashable, Sendable {
    public let strides: [Int]
    public let pointCount: Int
    /// What the coordinates of points are divided by to be pixels of the input; 1 but for exports that scaled them.
    public let pointScale: Float

    public init(strides: [Int] = [8, 16, 32], pointCount: Int = 17, pointScale: Float = 1) {
        self.strides = strides
        self.pointCount = pointCount
        self.pointScale = pointScale
    }

    /// The persons of at least `minimumScore` with their points and the points' confidences, before suppression, in
    /// pixels of the model's input.
    /// - Throws: ``DecodeError`` when the outputs are not of one of the shapes above.
    public func detections(
        in outputs: [TensorView], inputWidth: Int, inputHeight: Int, minimumScore: Float
    ) throws(DecodeError) -> [Detection] {
        guard (1...256).contains(pointCount), pointScale > 0, pointScale < .infinity else {
            throw DecodeError("YOLOv8 pose with \(pointCount) points scaled by \(pointScale) cannot be decoded.")
        }
        let anchors = try AnchorGrid(strides: strides, inputWidth: inputWidth, inputHeight: inputHeight).count
        let width = 5 + 3 * pointCount
        let output = try outputs.single()
        let asRows = output.shape == [1, anchors, width] && anchors != width
        let values = try output.values(shaped: asRows ? [1, anchors, width] : [1, width, anchors])
        return (0..<anchors).compactMap { anchor in
            let first = values + (asRows ? anchor * width : anchor)
            let step = asRows ? 1 : anchors
            return first[4 * step] >= minimumScore ? person(first, step: step) : nil
        }
    }

    private func person(_ values: UnsafePointer<Float>, step: Int) -> Detection? {
        func point(_ number: Int, _ value: Int) -> Float { values[(5 + 3 * number + value) * step] }
        return Detection(
            centreX: values[0], centreY: values[step], width: values[2 * step], height: values[3 * step],
            score: values[4 * step], classIndex: 0,
            points: (0..<pointCount).map { Point(x: point($0, 0) / pointScale, y: point($0, 1) / pointScale) },
            pointScores: (0..<pointCount).map { point($0, 2) })
    }
}
