import COpenVINO

/// One running inference: inputs in memory of ours, outputs in memory of OpenVINO.
final class OpenVINORequest: InferenceRequest {
    private struct Input {
        let shape: [Int]
        let memory: InputMemory
        /// Owned.
        let tensor: OpaquePointer
    }

    private let session: OpenVINOSession
    private let handle: OpaquePointer
    private var inputs: [Input?]
    /// Outputs of the last run that were asked for; owned.
    private var outputs: [OpaquePointer?]
    private var hasRun = false

    private var library: OpenVINOLibrary { session.engine.library }

    /// Takes ownership of `handle`.
    init(adopting handle: OpaquePointer, of session: OpenVINOSession) {
        self.handle = handle
        self.session = session
        inputs = session.inputs.map { _ in nil }
        outputs = session.outputs.map { _ in nil }
    }

    deinit {
        releaseOutputs()
        library.functions.ov_infer_request_free(handle)
        for case let input? in inputs { library.functions.ov_tensor_free(input.tensor) }
    }

    func input(_ index: Int, shape: [Int]) throws(InferenceError) -> UnsafeMutableRawBufferPointer {
        if let input = inputs[index], input.shape == shape { return input.memory.bytes }
        let description = session.inputs[index]
        let memory = InputMemory(byteCount: try description.byteCount(of: shape))
        guard let start = memory.bytes.baseAddress else { throw Self.failure("an input of no bytes") }
        let tensor = try library.makeTensor(description.elementType, shape, start, or: Self.failure)
        do throws(InferenceError) {
            try library.check(
                library.functions.ov_infer_request_set_input_tensor_by_index(handle, index, tensor), or: Self.failure)
        } catch {
            library.functions.ov_tensor_free(tensor)
            throw error
        }
        if let old = inputs[index] { library.functions.ov_tensor_free(old.tensor) }
        inputs[index] = Input(shape: shape, memory: memory, tensor: tensor)
        return memory.bytes
    }

    func run() throws(InferenceError) {
        for (input, description) in zip(inputs, session.inputs) where input == nil {
            throw InferenceError(.invalidInput, "Input '\(description.name)' was not given.")
        }
        releaseOutputs()
        hasRun = false
        try library.check(library.functions.ov_infer_request_infer(handle), or: Self.failure)
        hasRun = true
    }

    func output(_ index: Int) throws(InferenceError) -> OutputTensor {
        let name = session.outputs[index].name
        guard hasRun else { throw InferenceError(.runFailed, "There is no output '\(name)' before a run.") }
        let tensor = try outputTensor(index)
        var byteCount = 0
        try library.check(library.functions.ov_tensor_get_byte_size(tensor, &byteCount), or: Self.failure)
        var data: UnsafeMutableRawPointer?
        if byteCount > 0 {
            try library.check(library.functions.ov_tensor_data(tensor, &data), or: Self.failure)
        }
        return OutputTensor(
            name: name, elementType: session.outputs[index].elementType, shape: try shape(of: tensor),
            bytes: UnsafeRawBufferPointer(start: data, count: data == nil ? 0 : byteCount))
    }

    private func outputTensor(_ index: Int) throws(InferenceError) -> OpaquePointer {
        if let tensor = outputs[index] { return tensor }
        let tensor = try library.make(or: Self.failure) {
            library.functions.ov_infer_request_get_output_tensor_by_index(handle, index, &$0)
        }
        outputs[index] = tensor
        return tensor
    }

    private func shape(of tensor: OpaquePointer) throws(InferenceError) -> [Int] {
        var shape = ov_shape_t()
        try library.check(library.functions.ov_tensor_get_shape(tensor, &shape), or: Self.failure)
        defer { _ = library.functions.ov_shape_free(&shape) }
        return UnsafeBufferPointer(start: shape.dims, count: shape.dims == nil ? 0 : Int(shape.rank)).map { Int($0) }
    }

    private func releaseOutputs() {
        for index in outputs.indices {
            if let tensor = outputs[index] { library.functions.ov_tensor_free(tensor) }
            outputs[index] = nil
        }
    }

    static func failure(_ message: String) -> InferenceError {
        InferenceError(.runFailed, "OpenVINO failed: \(message)")
    }
}
