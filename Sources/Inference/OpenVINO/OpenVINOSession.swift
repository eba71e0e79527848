import COpenVINO

/// A model in OpenVINO: one compiled model, whose requests may run in parallel.
final class OpenVINOSession: InferenceSession, @unchecked Sendable {  // safe: immutable; requests are independent
    let engine: OpenVINOEngine
    private let compiled: OpaquePointer
    let inputs: [TensorDescription]
    let outputs: [TensorDescription]
    let metadata: [String: String]

    /// Takes ownership of `compiled`, also when it throws.
    init(
        adopting compiled: OpaquePointer, of engine: OpenVINOEngine, outputNames: [String],
        metadata: [String: String], or error: @escaping (String) -> InferenceError
    ) throws(InferenceError) {
        let reader = OpenVINOModelReader(library: engine.library, compiled: compiled, error: error)
        do throws(InferenceError) {
            inputs = try reader.inputs()
            outputs = try reader.outputs(names: outputNames)
        } catch {
            engine.library.functions.ov_compiled_model_free(compiled)
            throw error
        }
        self.metadata = metadata
        self.engine = engine
        self.compiled = compiled
    }

    deinit {
        engine.library.functions.ov_compiled_model_free(compiled)
    }

    func makeRequest() throws(InferenceError) -> any InferenceRequest {
        let handle = try engine.library.make(or: OpenVINORequest.failure) {
            engine.library.functions.ov_compiled_model_create_infer_request(compiled, &$0)
        }
        return OpenVINORequest(adopting: handle, of: self)
    }
}
