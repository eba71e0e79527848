import Imaging
import ModelCatalog
import Vision

/// Finds lines of text, in whole pictures and on plates.
struct TextFinder: PipelineModel {
    let model: LoadedModel
    private let decoder: TextRegionDecoder

    /// - Throws: `PipelineError` when the catalogue names another kind of model.
    init(_ model: LoadedModel) throws(PipelineError) {
        self.model = model
        decoder = try TextRegionDecoder(model.entry)
    }

    /// Runs the model and its decoder once on an empty picture of 4:3.
    func rehearse() async throws {
        let canvas = layout(side: 320).canvas(width: 4, height: 3)
        let (decoder, score) = (decoder, score)
        try await model.rehearse(shape: canvas.shape) { outputs in
            _ = try decoder.regions(
                in: outputs, inputWidth: canvas.width, inputHeight: canvas.height, minimumScore: score)
        }
    }

    private var score: Float { Float(model.entry.thresholds.score) }

    /// The network is fully convolutional: how large it is shown a picture is the caller's choice.
    private func layout(side: Int) -> TensorLayout {
        var layout = TensorLayout(model.entry.input, profile: .balanced)
        (layout.width, layout.height) = (side, side)
        layout.fit = .longestSide
        return layout
    }

    /// The lines of the picture or of a region of it, in pixels of the picture, from top to bottom.
    /// - Parameter side: pixels that the longer side of the picture or region is given.
    func lines(
        in picture: Picture, region: Rectangle? = nil, side: Int, deadline: ContinuousClock.Instant?
    ) async throws -> Timed<[TextRegion]> {
        let layout = layout(side: side)
        let area = picture.wholePixels(of: region)
        let canvas = layout.canvas(width: area.width, height: area.height)
        let (decoder, score) = (decoder, score)
        return try await model.infer(shape: canvas.shape, deadline: deadline) { memory in
            picture.write(layout, region: region, into: memory)
        } finish: { outputs, letterbox in
            try decoder.regions(
                in: outputs, inputWidth: canvas.width, inputHeight: canvas.height, minimumScore: score
            )
            .map { $0.mapped(through: letterbox, width: picture.width, height: picture.height) }
        }
    }
}
