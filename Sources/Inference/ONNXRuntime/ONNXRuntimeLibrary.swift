import CONNXRuntime

/// The loaded library: its table of functions.
struct ONNXRuntimeLibrary: @unchecked Sendable {  // safe: the table is constant, its functions may run in parallel
    static let source = EngineLibrary(
        engine: "ONNX Runtime", fileName: "libonnxruntime.so",
        systemNames: ["libonnxruntime.so.1", "libonnxruntime.so"])

    let api: UnsafePointer<OrtApi>
    let version: String

    init(path: String) throws(InferenceError) {
        var library = AIBoxORTLibrary()
        try Self.source.open(path) { aibox_ort_load(path, &library, $0, $1) }
        version = library.version.map { String(cString: $0) } ?? "?"
        guard let api = library.api else {
            throw Self.source.unusable(
                path, because: "version \(version) is too old; 1.\(AIBOX_ORT_API_VERSION) or newer is needed")
        }
        self.api = api
    }

    /// Consumes a status: null is success, anything else becomes the error that `error` makes of its message.
    func check(
        _ status: OpaquePointer?, or error: (String) -> InferenceError
    ) throws(InferenceError) {
        guard let status else { return }
        defer { api.pointee.ReleaseStatus(status) }
        throw error(String(cString: api.pointee.GetErrorMessage(status)))
    }

    /// The object that `create` makes.
    func make(
        or error: (String) -> InferenceError, _ create: (inout OpaquePointer?) -> OpaquePointer?
    ) throws(InferenceError) -> OpaquePointer {
        var object: OpaquePointer?
        try check(create(&object), or: error)
        guard let object else { throw error("the library returned nothing") }
        return object
    }

    /// The description of CPU memory. The caller releases it.
    func makeMemoryInfo() throws(InferenceError) -> OpaquePointer {
        try make(or: Self.source.notStarted) {
            api.pointee.CreateCpuMemoryInfo(AIBOX_ORT_ARENA_ALLOCATOR, AIBOX_ORT_MEMORY_DEFAULT, &$0)
        }
    }
}
