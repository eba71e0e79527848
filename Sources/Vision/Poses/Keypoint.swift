/// A point of a body with how sure the model is of it.
public struct Keypoint: Hashable, Sendable {
    /// Pixels of whatever picture or input the context names.
    public var point: Point
    /// 0–1.
    public var confidence: Float

    public init(point: Point, confidence: Float) {
        self.point = point
        self.confidence = confidence
    }
}

/// The body points of the COCO data set in its order; left and right are the person's own.
public enum CocoKeypoint: Int, CaseIterable, Hashable, Sendable {
    case nose, leftEye, rightEye, leftEar, rightEar, leftShoulder, rightShoulder, leftElbow, rightElbow, leftWrist
    case rightWrist, leftHip, rightHip, leftKnee, rightKnee, leftAnkle, rightAnkle

    /// As COCO spells it: `nose`, `left_eye`, …
    public var name: String {
        switch self {
        case .nose: "nose"
        case .leftEye: "left_eye"
        case .rightEye: "right_eye"
        case .leftEar: "left_ear"
        case .rightEar: "right_ear"
        case .leftShoulder: "left_shoulder"
        case .rightShoulder: "right_shoulder"
        case .leftElbow: "left_elbow"
        case .rightElbow: "right_elbow"
        case .leftWrist: "left_wrist"
        case .rightWrist: "right_wrist"
        case .leftHip: "left_hip"
        case .rightHip: "right_hip"
        case .leftKnee: "left_knee"
        case .rightKnee: "right_knee"
        case .leftAnkle: "left_ankle"
        case .rightAnkle: "right_ankle"
        }
    }
}

/// The body of one person.
public struct Pose: Hashable, Sendable {
    /// The 17 points of COCO, in the order of ``CocoKeypoint``.
    public var keypoints: [Keypoint]
    /// All points that the model knows of a body, where they are more: BlazePose's 33.
    public var landmarks: [Keypoint]
    /// Points that say where the body lies: BlazePose's 6, of which the first is the centre of the hips and the second
    /// lies on the circle around the whole body.
    public var auxiliary: [Keypoint]
    /// Probability that the crop shows a person, 0–1; `nil` when the model does not say.
    public var presence: Float?

    public init(
        keypoints: [Keypoint], landmarks: [Keypoint] = [], auxiliary: [Keypoint] = [], presence: Float? = nil
    ) {
        self.keypoints = keypoints
        self.landmarks = landmarks
        self.auxiliary = auxiliary
        self.presence = presence
    }

    /// The pose with each point moved, from the input's pixels to the picture's for example.
    public func mapped(_ transform: (Point) -> Point) -> Pose {
        func moved(_ keypoints: [Keypoint]) -> [Keypoint] {
            keypoints.map { Keypoint(point: transform($0.point), confidence: $0.confidence) }
        }
        return Pose(
            keypoints: moved(keypoints), landmarks: moved(landmarks), auxiliary: moved(auxiliary), presence: presence)
    }
}

extension [Keypoint] {
    /// The input of a classifier of keypoints: x, y and confidence of each in turn, x and y in 0–1 of `box`, the
    /// person's. Three zeros for a point of no confidence or that is not finite, and everywhere for an empty box.
    public func classifierInput(in box: Rectangle) -> [Float] {
        flatMap { keypoint in
            let x = (keypoint.point.x - box.x) / box.width
            let y = (keypoint.point.y - box.y) / box.height
            let isKnown = keypoint.confidence > 0 && box.width > 0 && box.height > 0 && x.isFinite && y.isFinite
            return isKnown ? [x, y, Swift.min(keypoint.confidence, 1)] : [0, 0, 0]
        }
    }
}
