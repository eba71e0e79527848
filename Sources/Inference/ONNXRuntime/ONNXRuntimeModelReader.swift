import CONNXRuntime

/// Reads what a session says of its inputs and outputs.
struct ONNXRuntimeModelReader {
    let library: ONNXRuntimeLibrary
    let session: OpaquePointer
    let error: (String) -> InferenceError

    private var api: OrtApi { library.api.pointee }

    func inputs() throws(InferenceError) -> [TensorDescription] {
        try descriptions(
            count: api.SessionGetInputCount, name: api.SessionGetInputName, type: api.SessionGetInputTypeInfo)
    }

    func outputs() throws(InferenceError) -> [TensorDescription] {
        try descriptions(
            count: api.SessionGetOutputCount, name: api.SessionGetOutputName, type: api.SessionGetOutputTypeInfo)
    }

    private typealias NameGetter =
        @convention(c) (
            OpaquePointer, Int, OpaquePointer, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
        ) -> OpaquePointer?
    private typealias TypeGetter =
        @convention(c) (OpaquePointer, Int, UnsafeMutablePointer<OpaquePointer?>) -> OpaquePointer?

    private func descriptions(
        count: @convention(c) (OpaquePointer, UnsafeMutablePointer<Int>) -> OpaquePointer?, name: NameGetter,
        type: TypeGetter
    ) throws(InferenceError) -> [TensorDescription] {
        var total = 0
        try library.check(count(session, &total), or: error)
        var result: [TensorDescription] = []
        for index in 0..<total {
            result.append(try description(name: try text(index, name), index, type))
        }
        return result
    }

    private func text(_ index: Int, _ get: NameGetter) throws(InferenceError) -> String {
        let allocator = try library.make(or: error) { api.GetAllocatorWithDefaultOptions(&$0) }
        var characters: UnsafeMutablePointer<CChar>?
        try library.check(get(session, index, allocator, &characters), or: error)
        guard let characters else { throw error("a name is missing") }
        let text = String(cString: characters)
        try library.check(api.AllocatorFree(allocator, characters), or: error)
        return text
    }

    private func description(
        name: String, _ index: Int, _ get: TypeGetter
    ) throws(InferenceError) -> TensorDescription {
        let type = try library.make(or: error) { get(session, index, &$0) }
        defer { api.ReleaseTypeInfo(type) }
        var tensor: OpaquePointer?
        try library.check(api.CastTypeInfoToTensorInfo(type, &tensor), or: error)
        guard let tensor else { throw error("'\(name)' is no tensor") }
        let (code, dimensions) = try library.typeAndShape(tensor, or: error)
        guard let elementType = ElementType(onnxRuntime: code) else {
            throw error("'\(name)' has an element type that AI Box does not handle (number \(code) in ONNX)")
        }
        return TensorDescription(name: name, elementType: elementType, shape: dimensions.map { $0 < 0 ? nil : $0 })
    }
}

extension ONNXRuntimeLibrary {
    /// The element type's number and the dimensions, -1 where open.
    func typeAndShape(
        _ tensor: OpaquePointer, or error: (String) -> InferenceError
    ) throws(InferenceError) -> (elementType: Int32, shape: [Int]) {
        var elementType: Int32 = 0
        try check(api.pointee.GetTensorElementType(tensor, &elementType), or: error)
        var rank = 0
        try check(api.pointee.GetDimensionsCount(tensor, &rank), or: error)
        var dimensions = [Int64](repeating: 0, count: rank)
        try check(api.pointee.GetDimensions(tensor, &dimensions, rank), or: error)
        return (elementType, dimensions.map(Int.init))
    }
}

extension ElementType {
    init?(onnxRuntime code: Int32) {
        guard let type = Self.allCases.first(where: { $0.onnxRuntime == code }) else { return nil }
        self = type
    }

    var onnxRuntime: Int32 {
        switch self {
        case .float32: AIBOX_ORT_FLOAT32
        case .float16: AIBOX_ORT_FLOAT16
        case .uint8: AIBOX_ORT_UINT8
        case .int32: AIBOX_ORT_INT32
        case .int64: AIBOX_ORT_INT64
        }
    }
}
