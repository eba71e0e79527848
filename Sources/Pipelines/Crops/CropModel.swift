import Imaging
import ModelCatalog
import Vision

/// A second-stage model: it looks at crops of a picture, each made as its catalogue entry says.
struct CropModel: Sendable {
    let model: LoadedModel
    let layout: TensorLayout
    private let recipe: CatalogEntry.Input.Crop

    /// - Throws: `PipelineError` when the entry says nothing of a crop.
    init(_ model: LoadedModel) throws(PipelineError) {
        guard let recipe = model.entry.input.crop else {
            throw PipelineError(.unsupportedModel, "\(model.entry.identity): input.crop is missing")
        }
        self.model = model
        self.recipe = recipe
        layout = TensorLayout(model.entry.input, profile: .balanced)
    }

    /// Side of the crop over side of the box.
    var scale: Float { Float(recipe.scale) }

    /// How far the box is grown beyond which nothing is shown; `nil` shows everything.
    var mask: Float? { recipe.mask.map(Float.init) }

    /// What lies outside the picture.
    var border: WarpBorder { recipe.border.warp }

    /// The crop around a box; `nil` for a box that leaves nothing.
    func crop(around box: Rectangle, in picture: Picture) -> Crop? {
        Crop(recipe, around: box, in: picture, layout: layout)
    }

    /// The crop in which `points` lie as the template of the model wants them; `nil` when they coincide.
    func crop(aligning points: [Point]) -> Crop? {
        let template = (recipe.template ?? []).map { Point(x: Float($0[0]), y: Float($0[1])) }
        guard let map = CropMap(aligning: points, to: template) else { return nil }
        return Crop(map, border: border)
    }

    /// Runs the model on one crop.
    /// - Parameters:
    ///   - mirrored: exchange left and right.
    ///   - read: reads the outputs, which are valid only during the call.
    func infer<Result: Sendable>(
        _ crop: Crop, of picture: Picture, mirrored: Bool = false, deadline: ContinuousClock.Instant?,
        _ read: @escaping @Sendable ([TensorView]) throws -> Result
    ) async throws -> Timed<Result> {
        let layout = layout
        return try await model.infer(shape: shape, deadline: deadline) { memory in
            crop.write(of: picture, layout, mirrored: mirrored, into: memory)
        } finish: { outputs, _ in
            try read(outputs)
        }
    }

    /// Runs the model once on an empty crop.
    func rehearse(_ read: @escaping @Sendable ([TensorView]) throws -> Void) async throws {
        try await model.rehearse(shape: shape, finish: read)
    }

    private var shape: [Int] { layout.canvas(width: layout.width, height: layout.height).shape }
}
