import COpenVINO
import Foundation

/// OpenVINO on the CPU. Reads `.onnx`, its own `.xml` (with the `.bin` beside it) and `.tflite`; the name's end decides.
final class OpenVINOEngine: InferenceEngine, @unchecked Sendable {  // safe: immutable; ov::Core is thread-safe
    static let name = "openvino"

    let library: OpenVINOLibrary
    private let core: OpaquePointer

    var name: String { Self.name }
    var version: String { library.version }

    init(folders: [URL]) throws(InferenceError) {
        let library = try OpenVINOLibrary.source.load(from: folders) { (path) throws(InferenceError) in
            try OpenVINOLibrary(path: path)
        }
        core = try library.make(or: OpenVINOLibrary.source.notStarted) {
            library.functions.ov_core_create(&$0)
        }
        self.library = library
    }

    deinit {
        library.functions.ov_core_free(core)
    }

    func load(_ file: URL, _ options: SessionOptions) throws(InferenceError) -> any InferenceSession {
        try InferenceError.requireModel(at: file)
        let unusable = { InferenceError.unusable(file, by: "OpenVINO", because: $0) }
        let model = try library.make(or: unusable) { library.functions.ov_core_read_model(core, file.path, nil, &$0) }
        defer { library.functions.ov_model_free(model) }
        let compiled = try compile(model, options, or: unusable)
        let isONNX = file.pathExtension == "onnx"
        return try OpenVINOSession(
            adopting: compiled, of: self, outputNames: isONNX ? ONNXFile.outputNames(file) : [],
            metadata: isONNX ? ONNXFile.metadata(file) : [:], or: unusable)
    }

    private func compile(
        _ model: OpaquePointer, _ options: SessionOptions, or error: (String) -> InferenceError
    ) throws(InferenceError) -> OpaquePointer {
        let properties = Self.properties(options).map { key, value in
            ov_property_t(key: strdup(key), value: strdup(value))
        }
        defer {
            for property in properties {
                free(UnsafeMutablePointer(mutating: property.key))
                free(UnsafeMutableRawPointer(mutating: property.value))
            }
        }
        return try library.make(or: error) {
            library.functions.ov_core_compile_model_props(core, model, "CPU", properties.count, properties, &$0)
        }
    }

    /// A stream for each parallel inference. Threads are not pinned: other sessions and services share the cores.
    private static func properties(_ options: SessionOptions) -> [(String, String)] {
        let streams = max(1, options.parallel)
        return [
            ("PERFORMANCE_HINT", streams == 1 ? "LATENCY" : "THROUGHPUT"),
            ("NUM_STREAMS", String(streams)),
            ("INFERENCE_NUM_THREADS", String(max(1, options.threads) * streams)),
            ("INFERENCE_PRECISION_HINT", "f32"),
            ("ENABLE_CPU_PINNING", "NO"),
            // Kernels compiled for input shapes seen earlier. With the default of 5000, text lines of 600 different
            // widths grow a process from 104 to 950 MB; with 100 it stays below 220 and is as fast.
            ("CPU_RUNTIME_CACHE_CAPACITY", "100"),
        ]
    }
}
