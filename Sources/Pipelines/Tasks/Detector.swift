import Imaging
import ModelCatalog
import Vision

/// A detection model with the way into it (letterbox) and out of it (decoder, suppression).
struct Detector: PipelineModel {
    let model: LoadedModel
    private let decoder: DetectionDecoder

    /// - Throws: `PipelineError` when the catalogue names a decoder that is no detector of this kind.
    init(_ model: LoadedModel) throws(PipelineError) {
        self.model = model
        decoder = try DetectionDecoder(model.entry)
    }

    /// What the points of its detections are when it finds faces; otherwise empty.
    var faceLandmarks: [FaceLandmark] { decoder.faceLandmarks }

    /// The model's own threshold.
    var score: Float { Float(model.entry.thresholds.score) }

    /// Longest side of the input that a profile uses: more pixels than that are of no use to it.
    func usefulSide(_ profile: ModelProfile) -> Int {
        let size = model.entry.input.sizes[profile]
        return max(size.width, size.height)
    }

    /// Runs the model and its decoder once on an empty picture of 4:3.
    func rehearse() async throws {
        let layout = TensorLayout(model.entry.input, profile: .balanced)
        let canvas = layout.canvas(width: 4 * layout.width, height: 3 * layout.height)
        let (decoder, score) = (decoder, score)
        try await model.rehearse(shape: canvas.shape) { outputs in
            _ = try decoder.detections(
                in: outputs, inputWidth: canvas.width, inputHeight: canvas.height, minimumScore: score)
        }
    }

    /// The objects in the picture or in a region of it, in pixels of the picture as displayed, cut off at its
    /// edges, best first.
    func detections(
        in picture: Picture, region: Rectangle? = nil, profile: ModelProfile, minimumScore: Float,
        deadline: ContinuousClock.Instant?
    ) async throws -> Timed<[Detection]> {
        let layout = TensorLayout(model.entry.input, profile: profile)
        let area = picture.wholePixels(of: region)
        let canvas = layout.canvas(width: area.width, height: area.height)
        let decoder = decoder
        let suppression = Float(model.entry.thresholds.suppression)
        let (width, height) = (Float(picture.width), Float(picture.height))
        return try await model.infer(shape: canvas.shape, deadline: deadline) { memory in
            picture.write(layout, region: region, into: memory)
        } finish: { outputs, letterbox in
            let found = try decoder.detections(
                in: outputs, inputWidth: canvas.width, inputHeight: canvas.height, minimumScore: minimumScore)
            return decoder.suppressed(found, iou: suppression).compactMap {
                letterbox.pictureDetection($0).clipped(width: width, height: height)
            }
        }
    }
}

extension Detection {
    /// With its box cut off at the picture's edges and its points moved inside; `nil` when nothing of it is left.
    func clipped(width: Float, height: Float) -> Detection? {
        guard let box = box.clipped(width: width, height: height) else { return nil }
        var clipped = self
        clipped.box = box
        clipped.points = points.map { Point(x: min(max($0.x, 0), width), y: min(max($0.y, 0), height)) }
        return clipped
    }
}
