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
        var serves: [AnalysisTask]
    }

    /// Chooses and loads the models of all tasks. Blocking.
    /// - Parameter overrides: a model reference per task in place of the catalogue's default detector.
    init(catalog: Catalog, overrides: [ServedTask: String], loader: ModelLoader) {
        var outcomes: [ModelIdentity: Outcome] = [:]
        taskModels = TaskModels { role, task in
            let chosen = Self.choose(role, task, catalog: catalog, overrides: overrides, loader: loader)
            return chosen.flatMap { entry in
                var outcome = outcomes[entry.identity] ?? Outcome(result: loader.load(entry), serves: [])
                if let served = AnalysisTask(rawValue: task.rawValue) { outcome.serves.append(served) }
                outcomes[entry.identity] = outcome
                return outcome.result
            }
        }
        self.outcomes = outcomes
        self.catalog = catalog
        store = loader.store
    }

    /// This repository after every loaded model has run once; one that cannot counts as failed.
    func rehearsed() async -> ModelRepository {
        var repository = self
        repository.taskModels = await taskModels.rehearsed()
        let working = Set(repository.taskModels.all.map(\.entry.identity))
        for (identity, outcome) in outcomes where !working.contains(identity) {
            guard case .success = outcome.result else { continue }
            let reasons = outcome.serves.compactMap { repository.taskModels.reasonMissing($0.served) }
            repository.outcomes[identity]?.result = .failure(
                reasons.first ?? PipelineError(.modelMissing, "model \(identity) does not work"))
        }
        return repository
    }

    /// Every catalogued model with its state. Blocking: hashes files it has not seen before.
    func summaries() -> [ModelSummary] {
        catalog.entries.sorted { $0.identity < $1.identity }.map(summary)
    }

    /// The model that configuration names, else the first candidate whose file is here, else the default, which then
    /// says what is missing.
    private static func choose(
        _ role: ModelTask, _ task: ServedTask, catalog: Catalog, overrides: [ServedTask: String], loader: ModelLoader
    ) -> Result<CatalogEntry, PipelineError> {
        if let reference = overrides[task], let entry = try? catalog.entry(reference), entry.task == role {
            return .success(entry)
        }
        let candidates = catalog.candidates(for: role, serving: task).filter(\.hasPipeline)
        guard let standard = candidates.first else {
            let reason = "the catalogue has no default model for \(task.rawValue) (\(role.rawValue))"
            return .failure(PipelineError(.modelMissing, reason))
        }
        guard let present = candidates.first(where: loader.hasFile), present.identity != standard.identity else {
            return .success(standard)
        }
        loader.logger.warning(
            "model substituted",
            metadata: [
                "task": "\(task.rawValue)", "model": "\(present.identity)",
                "reason": "the file of the default \(standard.identity) is not here",
            ])
        return .success(present)
    }

    private func summary(_ entry: CatalogEntry) -> ModelSummary {
        var summary = ModelSummary(
            name: entry.name, version: entry.version, task: entry.task.rawValue, state: .available,
            licence: entry.licence.name, bytes: entry.bytes, sha256: entry.sha256, serves: [])
        if let outcome = outcomes[entry.identity] {
            summary.serves = outcome.serves
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
