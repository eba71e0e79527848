import COpenVINO

/// The loaded library: its functions.
///
/// The text of a failure is kept by OpenVINO once per process, so that two failures at the same moment may show each
/// other's text; the status is always the call's own.
final class OpenVINOLibrary: @unchecked Sendable {  // safe: immutable; the functions may run in parallel
    static let source = EngineLibrary(
        engine: "OpenVINO", fileName: "libopenvino_c.so", systemNames: ["libopenvino_c.so"])

    let functions: AIBoxOpenVINOLibrary
    let version: String

    init(path: String) throws(InferenceError) {
        let functions = UnsafeMutablePointer<AIBoxOpenVINOLibrary>.allocate(capacity: 1)
        defer { functions.deallocate() }
        try Self.source.open(path) { aibox_openvino_load(path, functions, $0, $1) }
        self.functions = functions.pointee
        version = Self.version(self.functions)
        try checkElementTypes(path)
    }

    /// Success passes, anything else becomes the error that `error` makes of the library's message.
    func check(_ status: ov_status_e, or error: (String) -> InferenceError) throws(InferenceError) {
        guard status != 0 else { return }
        guard let message = functions.ov_get_last_err_msg() else {
            throw error(String(cString: functions.ov_get_error_info(status)))
        }
        defer { functions.ov_free(message) }
        throw error(Self.shortened(String(cString: message)))
    }

    /// The object that `create` makes.
    func make(
        or error: (String) -> InferenceError, _ create: (inout OpaquePointer?) -> ov_status_e
    ) throws(InferenceError) -> OpaquePointer {
        var object: OpaquePointer?
        try check(create(&object), or: error)
        guard let object else { throw error("the library returned nothing") }
        return object
    }

    /// A tensor over memory that stays the caller's.
    func makeTensor(
        _ type: ElementType, _ shape: [Int], _ start: UnsafeMutableRawPointer, or error: (String) -> InferenceError
    ) throws(InferenceError) -> OpaquePointer {
        var dimensions = shape.map(Int64.init)
        return try make(or: error) { tensor in
            dimensions.withUnsafeMutableBufferPointer {
                functions.ov_tensor_create_from_host_ptr(
                    type.openVINO, ov_shape_t(rank: Int64($0.count), dims: $0.baseAddress), start, &tensor)
            }
        }
    }

    private static func version(_ functions: AIBoxOpenVINOLibrary) -> String {
        var version = ov_version_t()
        guard functions.ov_get_openvino_version(&version) == 0 else { return "?" }
        defer { functions.ov_version_free(&version) }
        let build = version.buildNumber.map { String(cString: $0) } ?? "?"
        return build.split(separator: "-").first.map(String.init) ?? build
    }

    /// Messages begin with the source lines they passed through ("Exception from src/…:75:"); people need the rest.
    private static func shortened(_ message: String) -> String {
        let lines = message.split(separator: "\n").filter { !$0.hasPrefix("Exception from ") }
        return lines.isEmpty ? message : lines.joined(separator: " ")
    }

    /// Element types are numbers of an enumeration that releases have renumbered: a tensor of eight elements shows
    /// by its size whether ours are this library's.
    private func checkElementTypes(_ path: String) throws(InferenceError) {
        let unusable = { Self.source.unusable(path, because: $0) }
        let memory = InputMemory(byteCount: 64)
        guard let start = memory.bytes.baseAddress else { return }
        for type in ElementType.allCases {
            let tensor = try makeTensor(type, [8], start, or: unusable)
            defer { functions.ov_tensor_free(tensor) }
            var byteCount = 0
            try check(functions.ov_tensor_get_byte_size(tensor, &byteCount), or: unusable)
            guard byteCount == 8 * type.byteCount else {
                throw unusable("version \(version) numbers its element types differently; 2026.4 is known to work")
            }
        }
    }
}

extension ElementType {
    init?(openVINO code: Int32) {
        guard let type = Self.allCases.first(where: { $0.openVINO == code }) else { return nil }
        self = type
    }

    var openVINO: Int32 {
        switch self {
        case .float32: AIBOX_OV_FLOAT32
        case .float16: AIBOX_OV_FLOAT16
        case .uint8: AIBOX_OV_UINT8
        case .int32: AIBOX_OV_INT32
        case .int64: AIBOX_OV_INT64
        }
    }
}
