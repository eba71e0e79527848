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
        case .yolov5:
            self = .yolov5(
                YOLOv5Decoder(
                    classCount: entry.labels.count, strides: parameters.strides ?? [8, 16, 32],
                    anchorsPerCell: parameters.anchors))
        case .yolov8Face:
            self = .yolov8Face(
                YOLOv8FaceDecoder(
                    strides: parameters.strides ?? [8, 16, 32], bins: parameters.bins ?? 16,
                    pointCount: parameters.points ?? 5))
        case .yolov8Pose:
            self = .yolov8Pose(
                YOLOv8PoseDecoder(
                    strides: parameters.strides ?? [8, 16, 32], pointCount: parameters.points ?? 17,
                    pointScale: Float(parameters.keypointScale ?? 1)))
        case .detr:
            self = .detr(DETRDecoder(classCount: entry.labels.count))
        case .scrfd:
            self = .scrfd(
                SCRFDDecoder(
                    strides: parameters.strides ?? [8, 16, 32], anchorsPerCell: parameters.anchors,
                    pointCount: parameters.points ?? 5))
        case .blazeface:
            self = .blazeFace(BlazeFaceDecoder(parameters))
        case .lpdYunet:
            self = .lpdYuNet(LPDYuNetDecoder(parameters))
        case .retinaPlate:
            self = .retinaPlate(RetinaPlateDecoder(parameters))
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
        case .objectDetection, .faceDetection, .plateDetection, .poseDetection:
            (try? DetectionDecoder(self)) != nil
        case .plateOCR: decoder.kind == .slotText || decoder.kind == .ctcText
        case .textDetection: (try? TextRegionDecoder(self)) != nil
        case .faceEmbedding, .personReID: input.crop != nil && (try? EmbeddingDecoder(self)) != nil
        case .faceAntispoof, .personAttributes, .vehicleAttributes:
            input.crop != nil && (try? ClassifierDecoder(self)) != nil
        case .faceLandmarks:
            input.crop != nil && (decoder.kind == .facemesh || (try? LandmarkDecoder(self)) != nil)
        case .pose: input.crop != nil && (try? PoseDecoder(self)) != nil
        case .textDirection: false
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

extension BlazeFaceDecoder {
    init(_ parameters: CatalogEntry.Decoder) {
        let standard = BlazeFaceDecoder()
        self.init(
            strides: parameters.strides ?? standard.strides,
            anchorsPerCell: parameters.anchors ?? standard.anchorsPerCell,
            pointCount: parameters.points ?? standard.pointCount)
    }
}

extension RetinaPlateDecoder {
    init(_ parameters: CatalogEntry.Decoder) {
        let standard = RetinaPlateDecoder()
        self.init(
            strides: parameters.strides ?? standard.strides,
            minimumSizes: parameters.minSizes?.map { $0.map(Float.init) } ?? standard.minimumSizes,
            variances: parameters.variances?.map(Float.init) ?? standard.variances)
    }
}
