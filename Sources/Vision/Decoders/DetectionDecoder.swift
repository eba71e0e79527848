/// The way from a detector's outputs to its detections, one case for each kind of head.
public enum DetectionDecoder: Hashable, Sendable {
    case nanoDetPlus(NanoDetPlusDecoder)
    case yolox(YOLOXDecoder)
    case yolov5(YOLOv5Decoder)
    case yolov8(YOLOv8Decoder)
    case yolov8Face(YOLOv8FaceDecoder)
    case yolov8Pose(YOLOv8PoseDecoder)
    case detr(DETRDecoder)
    case yuNet(YuNetDecoder)
    case scrfd(SCRFDDecoder)
    case blazeFace(BlazeFaceDecoder)
    case lpdYuNet(LPDYuNetDecoder)
    case retinaPlate(RetinaPlateDecoder)

    /// The detections of at least `minimumScore`, before suppression, in pixels of the model's input. Anchors with a
    /// score, box or points that are not finite, or with an empty box, are left out.
    /// - Throws: ``DecodeError`` when the outputs have not the names and shapes that the head gives at this input size.
    public func detections(
        in outputs: [TensorView], inputWidth: Int, inputHeight: Int, minimumScore: Float
    ) throws(DecodeError) -> [Detection] {
        try decode(outputs, inputWidth, inputHeight, minimumScore)
    }

    /// What ``detections(in:inputWidth:inputHeight:minimumScore:)`` gave, each object once, best first, as this kind of
    /// head needs it: heads of the DETR family find each object once, so `threshold` has no meaning for them;
    /// BlazeFace's detections of one object are averaged; of all others' the best stays.
    public func suppressed(_ detections: [Detection], iou threshold: Float) -> [Detection] {
        switch self {
        case .detr: detections.bestFirst()
        case .blazeFace: detections.blended(iou: threshold)
        default: detections.suppressed(iou: threshold)
        }
    }

    private typealias Decode = ([TensorView], Int, Int, Float) throws(DecodeError) -> [Detection]

    private var decode: Decode {
        switch self {
        case .nanoDetPlus(let decoder): decoder.detections
        case .yolox(let decoder): decoder.detections
        case .yolov5(let decoder): decoder.detections
        case .yolov8(let decoder): decoder.detections
        case .yolov8Face(let decoder): decoder.detections
        case .yolov8Pose(let decoder): decoder.detections
        case .detr(let decoder): decoder.detections
        case .yuNet(let decoder): decoder.detections
        case .scrfd(let decoder): decoder.detections
        case .blazeFace(let decoder): decoder.detections
        case .lpdYuNet(let decoder): decoder.detections
        case .retinaPlate(let decoder): decoder.detections
        }
    }
}
