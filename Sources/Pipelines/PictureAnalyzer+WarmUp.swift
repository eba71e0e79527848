import Imaging
import ModelCatalog

extension PictureAnalyzer {
    /// Runs every loaded model once on a grey input of its usual size: the first run of a shape allocates and
    /// compiles, which no caller should wait for.
    public func warmUp() async throws {
        for model in models.all {
            let layout = TensorLayout(model.entry.input, profile: .balanced)
            let shape = layout.canvas(width: 4 * layout.width, height: 3 * layout.height).shape
            _ = try await model.infer(shape: shape, deadline: nil) { memory in
                _ = memory.initializeMemory(as: UInt8.self, repeating: 0)
            } finish: { _, _ in
                true
            }
        }
    }
}
