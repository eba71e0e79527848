import Imaging
import ModelCatalog
import Vision

/// A classifier of crops: attributes of persons, colour and type of vehicles, faces alive or not.
struct CropClassifier: PipelineModel {
    private let crops: CropModel
    private let decoder: ClassifierDecoder

    init(_ model: LoadedModel) throws(PipelineError) {
        crops = try CropModel(model)
        decoder = try ClassifierDecoder(model.entry)
    }

    var model: LoadedModel { crops.model }

    func rehearse() async throws {
        let decoder = decoder
        try await crops.rehearse { _ = try decoder.classifications(in: $0) }
    }

    /// The classes of what the box holds; `nil` for a box that leaves no crop.
    func classification(
        of box: Rectangle, in picture: Picture, deadline: ContinuousClock.Instant?
    ) async throws -> Timed<Classification?> {
        guard let crop = crops.crop(around: box, in: picture) else { return .nothing }
        let decoder = decoder
        return try await crops.infer(crop, of: picture, deadline: deadline) { outputs in
            try decoder.classifications(in: outputs).first
        }
    }
}
