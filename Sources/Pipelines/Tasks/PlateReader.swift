import Imaging
import ModelCatalog
import Vision

/// Reads the text of one plate that a detector found.
struct PlateReader: PipelineModel {
    let model: LoadedModel
    private let decoder: SlotTextDecoder

    /// - Throws: `PipelineError` when the catalogue names another kind of reader.
    init(_ model: LoadedModel) throws(PipelineError) {
        let parameters = model.entry.decoder
        guard parameters.kind == .slotText, let slots = parameters.slots, let alphabet = parameters.alphabet else {
            throw PipelineError(.unsupportedModel, "\(model.entry.identity): reads no plates slot by slot")
        }
        self.model = model
        decoder = SlotTextDecoder(
            slotCount: slots, alphabet: alphabet, padding: parameters.padding?.first ?? "_")
    }

    /// Runs the model and its decoder once on an empty plate.
    func rehearse() async throws {
        let layout = TensorLayout(model.entry.input, profile: .balanced)
        let decoder = decoder
        try await model.rehearse(shape: layout.canvas(width: layout.width, height: layout.height).shape) { outputs in
            _ = try decoder.reading(in: outputs)
        }
    }

    /// Reads the region of the picture.
    func reading(
        of region: Rectangle, in picture: Picture, deadline: ContinuousClock.Instant?
    ) async throws -> Timed<PlateReading> {
        let layout = TensorLayout(model.entry.input, profile: .balanced)
        let area = picture.wholePixels(of: region)
        let shape = layout.canvas(width: area.width, height: area.height).shape
        let decoder = decoder
        return try await model.infer(shape: shape, deadline: deadline) { memory in
            picture.write(layout, region: region, into: memory)
        } finish: { outputs, _ in
            try decoder.reading(in: outputs)
        }
    }
}
