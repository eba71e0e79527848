import Imaging
import ModelCatalog
import Vision

/// A model that turns a crop into a unit vector: faces by their landmarks, whole persons by their box.
struct CropEmbedder: PipelineModel {
    private let crops: CropModel
    private let decoder: EmbeddingDecoder

    init(_ model: LoadedModel) throws(PipelineError) {
        crops = try CropModel(model)
        decoder = try EmbeddingDecoder(model.entry)
    }

    var model: LoadedModel { crops.model }

    func rehearse() async throws {
        let decoder = decoder
        try await crops.rehearse { _ = try decoder.embeddings(in: $0) }
    }

    /// The vector of what the box holds; `nil` for a box that leaves no crop.
    func embedding(
        of box: Rectangle, in picture: Picture, deadline: ContinuousClock.Instant?
    ) async throws -> Timed<[Float]?> {
        try await embedding(crops.crop(around: box, in: picture), in: picture, deadline: deadline)
    }

    /// The vector of the face with these landmarks; `nil` when they coincide.
    func embedding(
        aligning points: [Point], in picture: Picture, deadline: ContinuousClock.Instant?
    ) async throws -> Timed<[Float]?> {
        try await embedding(crops.crop(aligning: points), in: picture, deadline: deadline)
    }

    private func embedding(
        _ crop: Crop?, in picture: Picture, deadline: ContinuousClock.Instant?
    ) async throws -> Timed<[Float]?> {
        guard let crop else { return .nothing }
        let decoder = decoder
        return try await crops.infer(crop, of: picture, deadline: deadline) { outputs in
            try decoder.embeddings(in: outputs).first
        }
    }
}
