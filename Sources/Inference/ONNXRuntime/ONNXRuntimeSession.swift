import CONNXRuntime
import Glibc

/// A model in ONNX Runtime: one `OrtSession`, whose `Run` may be called from several threads.
final class ONNXRuntimeSession: InferenceSession, @unchecked Sendable {  // safe: immutable, and Run is thread-safe
    let engine: ONNXRuntimeEngine
    let handle: OpaquePointer
    let inputs: [TensorDescription]
    let outputs: [TensorDescription]
    let metadata: [String: String]
    /// The names again, as `Run` takes them. Freed with the session.
    let inputNames: [UnsafePointer<CChar>?]
    let outputNames: [UnsafePointer<CChar>?]

    /// Takes ownership of `handle`, also when it throws.
    init(
        adopting handle: OpaquePointer, of engine: ONNXRuntimeEngine, metadata: [String: String],
        or error: @escaping (String) -> InferenceError
    ) throws(InferenceError) {
        let reader = ONNXRuntimeModelReader(library: engine.library, session: handle, error: error)
        do throws(InferenceError) {
            inputs = try reader.inputs()
            outputs = try reader.outputs()
        } catch {
            engine.library.api.pointee.ReleaseSession(handle)
            throw error
        }
        inputNames = inputs.map { UnsafePointer(strdup($0.name)) }
        outputNames = outputs.map { UnsafePointer(strdup($0.name)) }
        self.metadata = metadata
        self.engine = engine
        self.handle = handle
    }

    deinit {
        for name in inputNames + outputNames { free(UnsafeMutablePointer(mutating: name)) }
        engine.library.api.pointee.ReleaseSession(handle)
    }

    func makeRequest() throws(InferenceError) -> any InferenceRequest {
        try ONNXRuntimeRequest(session: self)
    }
}
