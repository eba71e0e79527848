import Foundation
import Imaging
import Inference
import ModelCatalog
import NIOPosix
import Synchronization
import TestSupport

@testable import Pipelines

/// Models of the built-in catalogue on ONNX Runtime, as the expected values were made.
enum TestModels {
    static let engine = Result { () throws(InferenceError) in
        try Engines.load(folders: [TestPlaces.engines]).engine("onnxruntime")
    }

    private static let pool = NIOThreadPool.singleton

    /// Loads the model with this file, below the models folder.
    static func load(file: String, change: (inout CatalogEntry) -> Void = { _ in }) throws -> LoadedModel {
        let entries = try Catalog.builtIn().entries
        guard var entry = entries.first(where: { $0.file == file }) else { throw CocoaError(.fileNoSuchFile) }
        change(&entry)
        return try load(entry)
    }

    /// What the box does by default, from encoded picture to answer.
    static func analyzer(queueLimit: Int = 1000) throws -> PictureAnalyzer {
        let catalog = try Catalog.builtIn()
        var loaded: [ModelIdentity: Result<LoadedModel, PipelineError>] = [:]
        let models = TaskModels { role, task in
            guard let entry = catalog.defaultEntry(for: role, serving: task) else {
                return .failure(PipelineError(.modelMissing, "no default model"))
            }
            let model =
                loaded[entry.identity]
                ?? Result { try load(entry, queueLimit: queueLimit) }.mapError { PipelineError(.modelMissing, "\($0)") }
            loaded[entry.identity] = model
            return model
        }
        return PictureAnalyzer(models: models, limits: DecodeLimits(), pool: pool, pictures: 2, queueLimit: 1000)
    }

    static func picture(_ file: String) throws -> Picture {
        let data = try Data(contentsOf: TestPlaces.pictures.appending(path: file))
        return try data.withUnsafeBytes { bytes throws in try PictureDecoder().decode(bytes) }
    }

    private static func load(_ entry: CatalogEntry, queueLimit: Int = 1000) throws -> LoadedModel {
        let session = try engine.get().load(
            TestPlaces.models.appending(path: entry.file), SessionOptions(threads: 1, parallel: 2))
        return try LoadedModel(
            entry: entry, engine: "onnxruntime", session: session, slots: 2, queueLimit: queueLimit, pool: pool)
    }
}
