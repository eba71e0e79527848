import Inference
import ModelCatalog

/// Which input of a session takes what: the one that pipelines write, and a size that some detectors ask for.
struct ModelInputs: Sendable {
    /// Index of the input that pipelines write.
    let main: Int
    /// Index of an int64 input [batch, 2] that takes width and height of the main input, so that boxes come out in its
    /// pixels.
    private let size: Int?
    private let layout: CatalogEntry.Input.Layout

    /// - Throws: `InferenceError` when the model lacks an input that the entry names, or has one that it does not name.
    init(_ entry: CatalogEntry, of session: any InferenceSession) throws(InferenceError) {
        let names = session.inputs.map(\.name)
        func mismatch(_ what: String) -> InferenceError {
            InferenceError(.modelUnusable, "\(entry.identity): \(what); its inputs are \(names)")
        }
        // The only input needs no name: engines differ in which of a tensor's names they show.
        let isNameless = entry.decoder.sizeInput == nil && names.count == 1
        guard let main = isNameless ? 0 : names.firstIndex(of: entry.input.name) else {
            throw mismatch("the model has no input '\(entry.input.name)'")
        }
        var size: Int?
        if let name = entry.decoder.sizeInput {
            guard let index = names.firstIndex(of: name), index != main else {
                throw mismatch("the model has no input '\(name)' for the size")
            }
            guard session.inputs[index].elementType == .int64, session.inputs[index].shape.count == 2 else {
                throw mismatch("the input '\(name)' takes no int64 [batch, 2]")
            }
            size = index
        }
        for index in names.indices where index != main && index != size {
            throw mismatch("nothing says what the input '\(names[index])' takes")
        }
        self.main = main
        self.size = size
        layout = entry.input.layout
    }

    /// Fills the inputs that follow from the main input's shape.
    func fill(_ request: any InferenceRequest, shape: [Int]) throws(InferenceError) {
        guard let size else { return }
        guard shape.count == 4 else {
            throw InferenceError(.invalidInput, "A picture of the shape \(shape) has no width and height.")
        }
        let (width, height) = layout == .nchw ? (shape[3], shape[2]) : (shape[2], shape[1])
        let values = try request.input(size, shape: [shape[0], 2]).bindMemory(to: Int64.self)
        for index in values.indices { values[index] = Int64(index.isMultiple(of: 2) ? width : height) }
    }
}
