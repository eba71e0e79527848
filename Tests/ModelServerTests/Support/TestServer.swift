import Foundation
import Imaging
import Inference
import Logging
import ModelCatalog
import ServiceClients

@testable import AIBoxAPI
@testable import ModelServer

/// Model servers as the box starts them: built-in catalogue, ONNX Runtime.
enum TestServer {
    static let engine = Result { () throws(InferenceError) in
        try Engines.load(folders: [TestPlaces.engines]).engine("onnxruntime")
    }

    /// One server with all default models for all tests: loading takes a second.
    static func complete() async throws -> ModelServer { try await shared.value }

    private static let shared = Task { try await start(models: TestPlaces.models) }

    static func start(models: URL) async throws -> ModelServer {
        let absent = FileManager.default.temporaryDirectory.appending(path: "aibox-no-cache-\(UUID().uuidString)")
        let configuration = ModelServer.Configuration(
            catalog: try Catalog.builtIn(), store: ModelStore(folders: [models], cache: absent),
            engines: [try engine.get()], parallel: 2, queueLimit: 64, limits: DecodeLimits())
        return try await ModelServer.start(
            configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}

/// Where tests find what is not committed: engines, models and pictures.
enum TestPlaces {
    static let engines = place("AIBOX_ENGINES", else: ".aibox/engines")
    static let shared = place("AIBOX_SHARED", else: "../shared")
    static let models = shared.appending(path: "models")
    static let pictures = shared.appending(path: "data")

    static let arePresent =
        FileManager.default.fileExists(atPath: models.path) && FileManager.default.fileExists(atPath: pictures.path)
        && (try? TestServer.engine.get()) != nil

    static let absence =
        "models, pictures or ONNX Runtime are absent: set AIBOX_SHARED, and run scripts/fetch-engines .aibox/engines or "
        + "set AIBOX_ENGINES"

    static func bytes(_ picture: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: pictures.appending(path: picture)))
    }

    private static func place(_ variable: String, else path: String) -> URL {
        if let value = ProcessInfo.processInfo.environment[variable], !value.isEmpty { return URL(filePath: value) }
        var root = URL(filePath: #filePath)
        while root.path != "/", !FileManager.default.fileExists(atPath: root.appending(path: "Package.swift").path) {
            root.deleteLastPathComponent()
        }
        return root.appending(path: path).standardizedFileURL
    }
}

extension AnalysisRequest {
    static func of(_ tasks: [AnalysisTask], _ change: (inout AnalysisRequest) -> Void = { _ in }) -> AnalysisRequest {
        var request = AnalysisRequest(tasks: tasks, requestID: "test")
        change(&request)
        return request
    }
}
