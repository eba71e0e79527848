/// The way from a detector's outputs to its detections, one case for each kind of head.
public enum DetectionDecoder: Hashable, Sendable {
    case nanoDetPlus(NanoDetPlusDecoder)
    case yolox(YOLOXDecoder)
    case yolov8(YOLOv8Decoder)
    case yuNet(YuNetDecoder)
    case lpdYuNet(LPDYuNetDecoder)

    /// The detections of at least `minimumScore`, before suppression, in pixels of the model's input. Anchors whose
    /// score or box is not finite or whose box is empty are left out.
    /// - Throws: ``DecodeError`` when the outputs have not the names and shapes that the head gives at this input size.
    public func detections(
        in outputs: [TensorView], inputWidth: Int, inputHeight: Int, minimumScore: Float
    ) throws(DecodeError) -> [Detection] {
        switch self {
        case .nanoDetPlus(let decoder):
            try decoder.detections(
                in: outputs, inputWidth: inputWidth, inputHeight: inputHeight, minimumScore: minimumScore)
        case .yolox(let decoder):
            try decoder.detections(
                in: outputs, inputWidth: inputWidth, inputHeight: inputHeight, minimumScore: minimumScore)
        case .yolov8(let decoder):
            try decoder.detections(
                in: outputs, inputWidth: inputWidth, inputHeight: inputHeight, minimumScore: minimumScore)
        case .yuNet(let decoder):
            try decoder.detections(
                in: outputs, inputWidth: inputWidth, inputHeight: inputHeight, minimumScore: minimumScore)
        case .lpdYuNet(let decoder):
            try decoder.detections(
                in: outputs, inputWidth: inputWidth, inputHeight: inputHeight, minimumScore: minimumScore)
        }
    }
}
