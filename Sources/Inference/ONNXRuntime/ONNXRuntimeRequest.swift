import CONNXRuntime

/// One running inference: inputs in memory of ours, outputs in memory of ONNX Runtime.
final class ONNXRuntimeRequest: InferenceRequest {
    private struct Input {
        let shape: [Int]
        let memory: InputMemory
    }

    private let session: ONNXRuntimeSession
    private let memoryInfo: OpaquePointer
    private var inputs: [Input?]
    /// The same inputs, as `Run` takes them; owned.
    private var inputValues: [OpaquePointer?]
    /// Outputs of the last run; owned.
    private var outputValues: [OpaquePointer?]
    /// Whether an output has the same shape in every run, so that its memory can be kept.
    private let isOutputStatic: [Bool]
    private var hasRun = false

    private var library: ONNXRuntimeLibrary { session.engine.library }

    init(session: ONNXRuntimeSession) throws(InferenceError) {
        memoryInfo = try session.engine.library.makeMemoryInfo()
        self.session = session
        inputs = session.inputs.map { _ in nil }
        inputValues = session.inputs.map { _ in nil }
        outputValues = session.outputs.map { _ in nil }
        isOutputStatic = session.outputs.map { !$0.shape.isEmpty && !$0.shape.contains(nil) }
    }

    deinit {
        for value in inputValues + outputValues {
            if let value { library.api.pointee.ReleaseValue(value) }
        }
        library.api.pointee.ReleaseMemoryInfo(memoryInfo)
    }

    func input(_ index: Int, shape: [Int]) throws(InferenceError) -> UnsafeMutableRawBufferPointer {
        if let input = inputs[index], input.shape == shape { return input.memory.bytes }
        let description = session.inputs[index]
        let memory = InputMemory(byteCount: try description.byteCount(of: shape))
        let value = try makeValue(description, shape, memory)
        for output in outputValues.indices { release(&outputValues[output]) }
        release(&inputValues[index])
        inputValues[index] = value
        inputs[index] = Input(shape: shape, memory: memory)
        return memory.bytes
    }

    func run() throws(InferenceError) {
        for (value, description) in zip(inputValues, session.inputs) where value == nil {
            throw InferenceError(.invalidInput, "Input '\(description.name)' was not given.")
        }
        hasRun = false
        for index in outputValues.indices where !isOutputStatic[index] {
            release(&outputValues[index])
        }
        let status = library.api.pointee.Run(
            session.handle, nil, session.inputNames, inputValues, inputValues.count, session.outputNames,
            outputValues.count, &outputValues)
        try library.check(status, or: Self.failure)
        hasRun = true
    }

    func output(_ index: Int) throws(InferenceError) -> OutputTensor {
        guard hasRun, let value = outputValues[index] else {
            throw InferenceError(.runFailed, "There is no output '\(session.outputs[index].name)' before a run.")
        }
        let (elementType, shape) = try typeAndShape(of: value)
        var data: UnsafeMutableRawPointer?
        try library.check(library.api.pointee.GetTensorMutableData(value, &data), or: Self.failure)
        let byteCount = shape.reduce(elementType.byteCount, *)
        return OutputTensor(
            name: session.outputs[index].name, elementType: elementType, shape: shape,
            bytes: UnsafeRawBufferPointer(start: data, count: data == nil ? 0 : byteCount))
    }

    private func typeAndShape(of value: OpaquePointer) throws(InferenceError) -> (ElementType, [Int]) {
        let info = try library.make(or: Self.failure) { library.api.pointee.GetTensorTypeAndShape(value, &$0) }
        defer { library.api.pointee.ReleaseTensorTypeAndShapeInfo(info) }
        let (code, shape) = try library.typeAndShape(info, or: Self.failure)
        guard let elementType = ElementType(onnxRuntime: code) else {
            throw Self.failure("an output has the element type number \(code), which AI Box does not handle")
        }
        return (elementType, shape)
    }

    private func makeValue(
        _ description: TensorDescription, _ shape: [Int], _ memory: InputMemory
    ) throws(InferenceError) -> OpaquePointer {
        guard let start = memory.bytes.baseAddress else { throw Self.failure("an input of no bytes") }
        let dimensions = shape.map(Int64.init)
        return try library.make(or: Self.failure) {
            library.api.pointee.CreateTensorWithDataAsOrtValue(
                memoryInfo, start, memory.bytes.count, dimensions, dimensions.count,
                description.elementType.onnxRuntime, &$0)
        }
    }

    private func release(_ value: inout OpaquePointer?) {
        if let old = value { library.api.pointee.ReleaseValue(old) }
        value = nil
    }

    private static func failure(_ message: String) -> InferenceError {
        InferenceError(.runFailed, "ONNX Runtime failed: \(message)")
    }
}
