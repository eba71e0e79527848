/// A point of a face that detectors give, left and right as in the picture of an upright face.
public enum FaceLandmark: Hashable, Sendable {
    case leftEye, rightEye, nose, leftMouthCorner, rightMouthCorner, mouthCentre, leftEar, rightEar

    /// The points of YuNet, SCRFD, RetinaFace and YOLOv8 face, in their order; those of alignment templates.
    public static let five: [FaceLandmark] = [.leftEye, .rightEye, .nose, .leftMouthCorner, .rightMouthCorner]

    /// The points of BlazeFace, in its order.
    public static let blazeFace: [FaceLandmark] = [.leftEye, .rightEye, .nose, .mouthCentre, .leftEar, .rightEar]
}

extension DetectionDecoder {
    /// What the points of its detections are when it finds faces with points, in their order; otherwise empty.
    public var faceLandmarks: [FaceLandmark] {
        switch self {
        case .yuNet: FaceLandmark.five
        case .scrfd(let decoder) where decoder.pointCount == 5: FaceLandmark.five
        case .yolov8Face(let decoder) where decoder.pointCount == 5: FaceLandmark.five
        case .blazeFace(let decoder) where decoder.pointCount == 6: FaceLandmark.blazeFace
        default: []
        }
    }
}
