import Foundation
import Imaging
import Inference
import Logging
import ModelCatalog
import ServiceClients
import TestSupport

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

    static func start(
        models: URL, adding entry: CatalogEntry? = nil, taskModels: [ServedTask: String] = [:],
        gallery: (any GalleryFeeding)? = nil
    ) async throws -> ModelServer {
        let absent = FileManager.default.temporaryDirectory.appending(path: "aibox-no-cache-\(UUID().uuidString)")
        var configuration = ModelServer.Configuration(
            catalog: try Catalog.builtIn().merging(Catalog(entries: entry.map { [$0] } ?? [])),
            store: ModelStore(folders: [models], cache: absent),
            engines: [try engine.get()], parallel: 2, queueLimit: 64, limits: DecodeLimits(),
            taskModels: taskModels)
        configuration.gallery = gallery
        return try await ModelServer.start(
            configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}

extension TestPlaces {
    /// Whether real models can be run on the development pictures.
    static let arePresent = areShared && (try? TestServer.engine.get()) != nil
}

extension AnalysisRequest {
    static func of(_ tasks: [AnalysisTask], _ change: (inout AnalysisRequest) -> Void = { _ in }) -> AnalysisRequest {
        var request = AnalysisRequest(tasks: tasks, requestID: "test")
        change(&request)
        return request
    }
}
