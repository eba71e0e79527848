import Imaging
import ModelCatalog
import Vision

/// Reads a line of text of any length, for plates the characters A–Z and 0–9 of it.
struct PlateLineReader: PipelineModel {
    /// Widths are rounded up to a multiple, since each new one costs the engine time once, and bounded.
    private static let widthStep = 32
    private static let maximumWidth = 960
    /// A line is flattened at no more than so many rows: the reader sees fewer.
    private static let maximumRows: Float = 96

    let model: LoadedModel
    private let decoder: CTCTextDecoder

    /// - Throws: `PipelineError` when the catalogue names another kind of reader.
    init(_ model: LoadedModel) throws(PipelineError) {
        self.model = model
        decoder = try CTCTextDecoder(model.entry, metadata: model.metadata, plateCharactersOnly: true)
    }

    /// Runs the model and its decoder once on an empty line.
    func rehearse() async throws {
        let decoder = decoder
        let layout = layout(width: 192, height: 48)
        try await model.rehearse(shape: layout.canvas(width: 192, height: 48).shape) { outputs in
            _ = try decoder.readings(in: outputs)
        }
    }

    /// The model's height, and the width of a line of these sides.
    private func layout(width: Float, height: Float) -> TensorLayout {
        var layout = TensorLayout(model.entry.input, profile: .balanced)
        let natural = Int(min(Float(layout.height) * width / max(height, 1), Float(Self.maximumWidth)).rounded(.up))
        layout.width = max(1, (natural + Self.widthStep - 1) / Self.widthStep) * Self.widthStep
        layout.fit = .stretch
        return layout
    }

    /// Reads the line inside the corners, flattened; `nil` when they enclose nothing.
    func reading(
        of corners: Quadrilateral, in picture: Picture, deadline: ContinuousClock.Instant?
    ) async throws -> Timed<PlateReading?> {
        let (width, height) = (corners.width, corners.height)
        guard width >= 1, height >= 1 else { return Timed(value: nil, times: StageTimes()) }
        let layout = layout(width: width, height: height)
        let scale = min(1, Self.maximumRows / height)
        let columns = min(max(1, Int((width * scale).rounded())), 2 * Self.maximumWidth)
        let rows = max(1, Int((height * scale).rounded()))
        let decoder = decoder
        return try await model.infer(shape: layout.canvas(width: columns, height: rows).shape, deadline: deadline) {
            memory -> Bool in
            guard let flat = picture.straightened(corners, width: columns, height: rows) else { return false }
            Picture(flat).write(layout, into: memory)
            return true
        } finish: { outputs, isWritten -> PlateReading? in
            guard isWritten else { return nil }
            return try decoder.readings(in: outputs).first
        }
    }
}
