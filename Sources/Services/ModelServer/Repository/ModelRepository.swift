import AIBoxAPI
import Foundation
import Inference
import ModelCatalog
import Pipelines

/// Which model serves which task here, loaded or not, and what the catalogue has besides.
struct ModelRepository: Sendable {
    private(set) var taskModels: TaskModels
    private let catalog: Catalog
    private let store: ModelStore
    private var outcomes: [ModelIdentity: Outcome]

    private struct Outcome: Sendable {
        var result: Result<LoadedModel, PipelineError>
        var serves: [ServedTask]
    }

    /// Chooses and loads the models of all tasks. Blocking.
    /// - Parameter overrides: a model reference per task in place of the catalogue's default.
    init(catalog: Catalog, overrides: [ServedTask: String], loader: ModelLoader) {
        var outcomes: [ModelIdentity: Outcome] = [:]
        taskModels = TaskModels { role, task in
            let choice = ModelChoice(role: role, task: task, catalog: catalog, overrides: overrides, loader: loader)
            return choice.entries.flatMap { entries in
                let results = entries.map { entry in
                    var outcome = outcomes[entry.identity] ?? Outcome(result: loader.load(entry), serves: [])
                    outcome.serves.append(task)
                    outcomes[entry.identity] = outcome
                    return outcome.result
                }
                return Self.working(results)
            }
        }
        self.outcomes = outcomes
        self.catalog = catalog
        store = loader.store
    }

    /// Those that could be loaded, unless none could.
    private static func working(
        _ results: [Result<LoadedModel, PipelineError>]
    ) -> Result<[LoadedModel], PipelineError> {
        let models = results.compactMap { try? $0.get() }
        guard models.isEmpty, case .failure(let error)? = results.first else { return .success(models) }
        return .failure(error)
    }

    /// Loads the embedding models whose templates are in the gallery beside the present one, so that faces which have
    /// no other template are still recognised. Blocking.
    /// - Parameter templateModels: names (`name@version`) by checksum.
    mutating func addFormerEmbedders(of templateModels: [String: String], loader: ModelLoader) {
        let present = try? taskModels.presentEmbeddingModel.get().entry.sha256
        for (sha256, name) in templateModels.sorted(by: { $0.value < $1.value }) where sha256 != present {
            guard let entry = catalog.entries.first(where: { $0.sha256 == sha256 && $0.hasPipeline }) else {
                loader.logger.warning(
                    "faces are not recognised",
                    metadata: ["model": "\(name)", "reason": "the catalogue has no such model; enrol them again"])
                continue
            }
            let result = loader.load(entry)
            outcomes[entry.identity] = Outcome(result: result, serves: [.recognition])
            do {
                try taskModels.add(formerEmbedder: result.get())
            } catch {
                loader.logger.warning(
                    "faces are not recognised", metadata: ["model": "\(name)", "reason": "\(error)"])
            }
        }
    }

    /// This repository after every loaded model has run once; one that cannot counts as failed.
    func rehearsed() async -> ModelRepository {
        var repository = self
        repository.taskModels = await taskModels.rehearsed()
        let working = Set(repository.taskModels.all.map(\.entry.identity))
        for (identity, outcome) in outcomes where !working.contains(identity) {
            guard case .success = outcome.result else { continue }
            let reasons = outcome.serves.compactMap(repository.taskModels.reasonMissing)
            repository.outcomes[identity]?.result = .failure(
                reasons.first ?? PipelineError(.modelMissing, "model \(identity) does not work"))
        }
        return repository
    }

    /// Every catalogued model with its state. Blocking: hashes files it has not seen before.
    func summaries() -> [ModelSummary] {
        catalog.entries.sorted { $0.identity < $1.identity }.map(summary)
    }

    private func summary(_ entry: CatalogEntry) -> ModelSummary {
        var summary = ModelSummary(
            name: entry.name, version: entry.version, task: entry.task.rawValue, state: .available,
            licence: entry.licence.name, bytes: entry.bytes, sha256: entry.sha256, serves: [])
        if let outcome = outcomes[entry.identity] {
            summary.serves = outcome.serves.map(\.rawValue)
            switch outcome.result {
            case .success(let model):
                summary.state = .ready
                summary.engine = model.engine
                return summary
            case .failure(let error):
                summary.state = .failed
                summary.reason = error.message
            }
        }
        switch store.state(of: entry) {
        case .ready: break
        case .absent:
            summary.state = .missing
            summary.reason = "the file is absent; run: aibox models pull \(entry.name)"
        case .corrupt(let file, let corruption):
            summary.state = .missing
            summary.reason = "\(file.lastPathComponent) is not the catalogued file: \(corruption)"
        }
        return summary
    }
}
