import ModelCatalog
import Vision

extension DetectionDecoder {
    /// The decoder that a catalogue entry names, with its parameters.
    init(_ entry: CatalogEntry) throws(PipelineError) {
        let parameters = entry.decoder
        switch parameters.kind {
        case .nanodetPlus:
            self = .nanoDetPlus(
                NanoDetPlusDecoder(
                    classCount: entry.labels.count, strides: parameters.strides ?? [8, 16, 32, 64],
                    bins: parameters.bins ?? 8))
        case .yolox:
            self = .yolox(YOLOXDecoder(classCount: entry.labels.count, strides: parameters.strides ?? [8, 16, 32]))
        case .yolov8:
            self = .yolov8(YOLOv8Decoder(classCount: entry.labels.count, strides: parameters.strides ?? [8, 16, 32]))
        case .yunet:
            self = .yuNet(YuNetDecoder(strides: parameters.strides ?? [8, 16, 32]))
        case .lpdYunet:
            self = .lpdYuNet(LPDYuNetDecoder(parameters))
        default:
            throw PipelineError(
                .unsupportedModel, "\(entry.identity): the decoder \(parameters.kind.rawValue) finds no boxes here")
        }
    }
}

extension CatalogEntry {
    /// Whether the pipelines of this version can run the model in its role.
    public var hasPipeline: Bool {
        switch task {
        case .objectDetection, .faceDetection, .plateDetection: (try? DetectionDecoder(self)) != nil
        case .plateOCR: decoder.kind == .slotText
        default: false
        }
    }
}

extension LPDYuNetDecoder {
    init(_ parameters: CatalogEntry.Decoder) {
        let standard = LPDYuNetDecoder()
        self.init(
            strides: parameters.strides ?? standard.strides,
            minimumSizes: parameters.minSizes?.map { $0.map(Float.init) } ?? standard.minimumSizes,
            variance: parameters.variances?.first.map(Float.init) ?? standard.variance)
    }
}
