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

    /// The second reader of plates, which comes in a Python wheel.
    static let lineReaderFile = TestPlaces.testModels.appending(path: "ch_PP-OCRv4_rec_infer.onnx")

    /// What the box does by default, from encoded picture to answer; with the further models of plates as far as asked.
    static func analyzer(
        queueLimit: Int = 1000, findsText: Bool = true, readsLines: Bool = false
    ) throws -> PictureAnalyzer {
        let catalog = try Catalog.builtIn()
        var loaded: [ModelIdentity: LoadedModel] = [:]
        let models = TaskModels { role, task in
            let entries = catalog.defaultEntries(for: role, serving: task).filter { entry in
                (findsText || entry.task != .textDetection) && (readsLines || entry.decoder.kind != .ctcText)
            }
            return Result {
                try entries.map { entry in
                    let file = entry.decoder.kind == .ctcText ? lineReaderFile : nil
                    let model = try loaded[entry.identity] ?? load(entry, file: file, queueLimit: queueLimit)
                    loaded[entry.identity] = model
                    return model
                }
            }.mapError { PipelineError(.modelMissing, "\($0)") }
        }
        return PictureAnalyzer(models: models, limits: DecodeLimits(), pool: pool, pictures: 2, queueLimit: 1000)
    }

    static func picture(_ file: String) throws -> Picture {
        let data = try Data(contentsOf: TestPlaces.pictures.appending(path: file))
        return try data.withUnsafeBytes { bytes throws in try PictureDecoder().decode(bytes) }
    }

    private static func load(
        _ entry: CatalogEntry, file: URL? = nil, queueLimit: Int = 1000
    ) throws -> LoadedModel {
        let session = try engine.get().load(
            file ?? TestPlaces.models.appending(path: entry.file), SessionOptions(threads: 1, parallel: 2))
        return try LoadedModel(
            entry: entry, engine: "onnxruntime", session: session, slots: 2, queueLimit: queueLimit, pool: pool)
    }
}
