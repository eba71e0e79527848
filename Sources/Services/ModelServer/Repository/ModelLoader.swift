import Foundation
import Inference
import Logging
import ModelCatalog
import NIOPosix
import Pipelines

/// Turns a catalogue entry into a loaded model: finds the file, picks the engine, opens the session.
struct ModelLoader: Sendable {
    let store: ModelStore
    /// In order of preference.
    let engines: [any InferenceEngine]
    /// Why an engine is not among `engines`.
    let engineErrors: [InferenceError]
    let session: SessionOptions
    let queueLimit: Int
    let pool: NIOThreadPool
    let logger: Logger

    /// Whether the entry's file is here with the right checksum. Blocking.
    func hasFile(_ entry: CatalogEntry) -> Bool {
        if case .ready = store.state(of: entry) { true } else { false }
    }

    /// Blocking: hashes the file and compiles the model.
    func load(_ entry: CatalogEntry) -> Result<LoadedModel, PipelineError> {
        switch store.state(of: entry) {
        case .absent:
            return .failure(missing(entry, "its file is absent", "run: aibox models pull \(entry.name)"))
        case .corrupt(let file, let corruption):
            // Without the path: this text is also part of the health answer, which takes no credential.
            let remedy = "see: aibox models verify \(entry.name)"
            return .failure(
                missing(entry, "\(file.lastPathComponent) is not the catalogued file: \(corruption)", remedy))
        case .ready(let file):
            return open(entry, file: file)
        }
    }

    private func open(_ entry: CatalogEntry, file: URL) -> Result<LoadedModel, PipelineError> {
        let usable = engines.filter { engine in entry.engines.contains { $0.rawValue == engine.name } }
        var failures = usable.isEmpty ? engineErrors.map(\.description) : []
        for engine in usable {
            do {
                let loaded = try engine.load(file, session)
                let model = try LoadedModel(
                    entry: entry, engine: engine.name, session: loaded, slots: session.parallel,
                    queueLimit: queueLimit, pool: pool)
                logger.info(
                    "model loaded", metadata: ["model": "\(entry.identity)", "engine": "\(engine.name)"])
                return .success(model)
            } catch {
                failures.append("\(engine.name): \(error)")
            }
        }
        if failures.isEmpty { failures = ["none of the engines that may run it is here"] }
        return .failure(missing(entry, failures.joined(separator: "; "), "run: aibox doctor"))
    }

    private func missing(_ entry: CatalogEntry, _ reason: String, _ remedy: String) -> PipelineError {
        PipelineError(.modelMissing, "model \(entry.identity) is not loaded: \(reason); \(remedy)")
    }
}
