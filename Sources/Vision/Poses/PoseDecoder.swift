/// The way from the outputs of a single-person pose model to its points.
public enum PoseDecoder: Hashable, Sendable {
    /// MoveNet single pose (tfhub.dev/google/movenet): one output [1, 1, 17, 3] of y, x in 0–1 of the input and score.
    case moveNet
    /// BlazePose landmarks (V. Bazarevsky et al., "BlazePose: On-device Real-time Body Pose tracking", 2020): one output
    /// of 195 values, 39 × (x, y, z in pixels of the input, visibility logit, presence logit), and one of a single
    /// value, the probability of a person. The points' confidence is their visibility.
    case blazePose

    /// Which of BlazePose's points are COCO's.
    private static let cocoOfBlazePose = [0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]

    /// The pose in pixels of the model's input.
    /// - Throws: ``DecodeError`` when the outputs are not of the shapes above or hold values that are not finite.
    public func pose(in outputs: [TensorView], inputWidth: Int, inputHeight: Int) throws(DecodeError) -> Pose {
        switch self {
        case .moveNet: try Self.moveNet(outputs, width: Float(inputWidth), height: Float(inputHeight))
        case .blazePose: try Self.blazePose(outputs)
        }
    }

    private static func moveNet(_ outputs: [TensorView], width: Float, height: Float) throws(DecodeError) -> Pose {
        let output = try outputs.single()
        let values = try output.values(shaped: [1, 1, 17, 3])
        try output.requireFinite()
        let keypoints = (0..<17).map { index in
            let row = values + 3 * index
            return Keypoint(
                point: Point(x: row[1] * width, y: row[0] * height), confidence: min(max(row[2], 0), 1))
        }
        return Pose(keypoints: keypoints)
    }

    private static func blazePose(_ outputs: [TensorView]) throws(DecodeError) -> Pose {
        let values = try outputs.ofCount(195).finiteValues(count: 195)
        let presence = try outputs.ofCount(1).finiteValues(count: 1)[0]
        let points = (0..<39).map { index in
            let row = values + 5 * index
            return Keypoint(point: Point(x: row[0], y: row[1]), confidence: ClassActivation.logistic(row[3]))
        }
        return Pose(
            keypoints: cocoOfBlazePose.map { points[$0] }, landmarks: Array(points[..<33]),
            auxiliary: Array(points[33...]), presence: min(max(presence, 0), 1))
    }
}
