import Foundation

/// Where tests find what is not committed: engines, models and pictures.
public enum TestPlaces {
    public static let packageRoot = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    public static let engines = place("AIBOX_ENGINES", else: ".aibox/engines")
    public static let testModels = place("AIBOX_TEST_MODELS", else: ".aibox/test-models")
    public static let shared = place("AIBOX_SHARED", else: "../shared")
    public static let models = shared.appending(path: "models")
    public static let pictures = shared.appending(path: "data")

    /// Whether models and pictures are there; engines are the business of those who load them.
    public static let areShared = [models, pictures].allSatisfy { FileManager.default.fileExists(atPath: $0.path) }

    public static let absence =
        "models, pictures or ONNX Runtime are absent: set AIBOX_SHARED, and run scripts/fetch-engines .aibox/engines or "
        + "set AIBOX_ENGINES"

    /// Every ONNX model at hand, by its path below the models folder.
    public static let onnxModels: [String] = {
        let names = FileManager.default.enumerator(atPath: models.path)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".onnx") }.sorted()
    }()

    /// A picture's file, by its path below the pictures folder.
    public static func bytes(_ picture: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: pictures.appending(path: picture)))
    }

    private static func place(_ variable: String, else path: String) -> URL {
        if let value = ProcessInfo.processInfo.environment[variable], !value.isEmpty { return URL(filePath: value) }
        return packageRoot.appending(path: path).standardizedFileURL
    }
}
