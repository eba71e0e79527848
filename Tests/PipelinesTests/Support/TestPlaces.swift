import Foundation
import Inference

/// Where tests find what is not committed: engines, models and pictures.
enum TestPlaces {
    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/oracles")

    static let engines = place("AIBOX_ENGINES", else: ".aibox/engines")
    static let shared = place("AIBOX_SHARED", else: "../shared")
    static let models = shared.appending(path: "models")
    static let pictures = shared.appending(path: "data")

    /// Whether real models can be run on the development pictures.
    static let arePresent =
        FileManager.default.fileExists(atPath: models.path) && FileManager.default.fileExists(atPath: pictures.path)
        && (try? TestModels.engine.get()) != nil

    static let absence =
        "models, pictures or ONNX Runtime are absent: set AIBOX_SHARED, and run scripts/fetch-engines .aibox/engines or "
        + "set AIBOX_ENGINES"

    private static func place(_ variable: String, else path: String) -> URL {
        if let value = ProcessInfo.processInfo.environment[variable], !value.isEmpty { return URL(filePath: value) }
        var root = URL(filePath: #filePath)
        while root.path != "/", !FileManager.default.fileExists(atPath: root.appending(path: "Package.swift").path) {
            root.deleteLastPathComponent()
        }
        return root.appending(path: path).standardizedFileURL
    }
}
