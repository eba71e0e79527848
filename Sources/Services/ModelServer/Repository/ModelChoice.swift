import ModelCatalog
import Pipelines

/// Which models fill a role inside a task.
struct ModelChoice {
    let role: ModelTask
    let task: ServedTask
    let catalog: Catalog
    /// A model reference per task in place of the catalogue's default.
    let overrides: [ServedTask: String]
    let loader: ModelLoader

    /// The model that configuration names; else the defaults whose files are here; else the first candidate whose file
    /// is here; else the default, which then says what is missing.
    var entries: Result<[CatalogEntry], PipelineError> {
        if let reference = overrides[task], let entry = try? catalog.entry(reference), entry.task == role {
            return .success([entry])
        }
        let standard = catalog.defaultEntries(for: role, serving: task).filter(\.hasPipeline)
        let candidates = catalog.candidates(for: role, serving: task).filter(\.hasPipeline)
        guard let first = standard.first ?? candidates.first else {
            let reason = "the catalogue has no model for \(task.rawValue) (\(role.rawValue))"
            return .failure(PipelineError(.modelMissing, reason))
        }
        let present = standard.filter(loader.hasFile)
        if !present.isEmpty {
            for absent in standard where !present.contains(absent) { warn("model left out", absent, nil) }
            return .success(present)
        }
        guard let substitute = candidates.first(where: loader.hasFile) else { return .success([first]) }
        warn("model substituted", first, substitute)
        return .success([substitute])
    }

    private func warn(_ message: String, _ absent: CatalogEntry, _ substitute: CatalogEntry?) {
        loader.logger.warning(
            "\(message)",
            metadata: [
                "task": "\(task.rawValue)", "model": "\(substitute?.identity ?? absent.identity)",
                "reason": "the file of the default \(absent.identity) is not here",
            ])
    }
}
