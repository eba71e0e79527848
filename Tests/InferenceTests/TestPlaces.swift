import Foundation
import Inference

/// Where tests find what is not committed: engines and models.
enum TestPlaces {
    static let packageRoot = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    static let engines = place("AIBOX_ENGINES", else: ".aibox/engines")
    static let testModels = place("AIBOX_TEST_MODELS", else: ".aibox/test-models")
    static let shared = place("AIBOX_SHARED", else: "../shared")

    /// Every ONNX model at hand, by its path below the models folder.
    static let onnxModels: [String] = {
        let folder = shared.appending(path: "models")
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".onnx") }.sorted()
    }()

    private static func place(_ variable: String, else path: String) -> URL {
        if let value = ProcessInfo.processInfo.environment[variable], !value.isEmpty { return URL(filePath: value) }
        return packageRoot.appending(path: path).standardizedFileURL
    }
}

/// The engines that the tests run, loaded once.
enum TestEngines {
    static let names = ["onnxruntime", "openvino"]
    static let all = Engines.load(folders: [TestPlaces.engines])
    static let arePresent = all.available.count == names.count
    static let absence = "engines are absent: scripts/fetch-engines .aibox/engines, or set AIBOX_ENGINES"
}

/// Runs `body` with a folder of its own, removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "aibox-inference-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}
