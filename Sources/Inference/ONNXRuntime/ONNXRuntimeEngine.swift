import CONNXRuntime
import Foundation

/// ONNX Runtime on the CPU. Reads `.onnx` files.
final class ONNXRuntimeEngine: InferenceEngine, @unchecked Sendable {  // safe: immutable; an OrtEnv is thread-safe
    static let name = "onnxruntime"

    let library: ONNXRuntimeLibrary
    /// Logging and defaults that all sessions share; outlives them, since each holds its engine.
    private let environment: OpaquePointer

    var name: String { Self.name }
    var version: String { library.version }

    init(folders: [URL]) throws(InferenceError) {
        let library = try ONNXRuntimeLibrary.source.load(from: folders) { (path) throws(InferenceError) in
            try ONNXRuntimeLibrary(path: path)
        }
        environment = try library.make(or: ONNXRuntimeLibrary.source.notStarted) {
            library.api.pointee.CreateEnv(AIBOX_ORT_LOGGING_LEVEL_ERROR, "aibox", &$0)
        }
        self.library = library
        try shareArena()
    }

    deinit {
        library.api.pointee.ReleaseEnv(environment)
    }

    func load(_ file: URL, _ options: SessionOptions) throws(InferenceError) -> any InferenceSession {
        try InferenceError.requireModel(at: file)
        let unusable = { InferenceError.unusable(file, by: "ONNX Runtime", because: $0) }
        let settings = try makeSettings(options, or: unusable)
        defer { library.api.pointee.ReleaseSessionOptions(settings) }
        let handle = try library.make(or: unusable) {
            library.api.pointee.CreateSession(environment, file.path, settings, &$0)
        }
        return try ONNXRuntimeSession(
            adopting: handle, of: self, metadata: ONNXFile.metadata(file), or: unusable)
    }

    /// One arena for the activations of all sessions: they need it one after the other more than at once.
    private func shareArena() throws(InferenceError) {
        let memoryInfo = try library.makeMemoryInfo()
        defer { library.api.pointee.ReleaseMemoryInfo(memoryInfo) }
        let status = library.api.pointee.CreateAndRegisterAllocator(environment, memoryInfo, nil)
        // The environment is one per process: a second engine finds the arena there, which is the only failure.
        if let status { library.api.pointee.ReleaseStatus(status) }
    }

    private func makeSettings(
        _ options: SessionOptions, or error: (String) -> InferenceError
    ) throws(InferenceError) -> OpaquePointer {
        let api = library.api
        let settings = try library.make(or: error) { api.pointee.CreateSessionOptions(&$0) }
        do throws(InferenceError) {
            try library.check(
                api.pointee.SetSessionGraphOptimizationLevel(settings, AIBOX_ORT_ENABLE_ALL_OPTIMIZATIONS), or: error)
            try library.check(
                api.pointee.SetIntraOpNumThreads(settings, Int32(clamping: max(1, options.threads))), or: error)
            try library.check(api.pointee.SetInterOpNumThreads(settings, 1), or: error)
            // Memory patterns stay on: without them two inferences at a time cost 8 % more processor time each. With
            // the arena shared by all sessions they reserve 20 MB for the default models, not 60.
            for (key, value) in Self.configuration {
                try library.check(api.pointee.AddSessionConfigEntry(settings, key, value), or: error)
            }
        } catch {
            api.pointee.ReleaseSessionOptions(settings)
            throw error
        }
        return settings
    }

    /// Spinning burns the cores that other sessions and services need: measured, it quarters the throughput of a
    /// machine under load.
    private static let configuration = [
        ("session.use_env_allocators", "1"),  // the shared arena
        ("session.intra_op.allow_spinning", "0"),
        ("session.inter_op.allow_spinning", "0"),
    ]
}
