import Foundation
import Imaging
import Inference
import ModelCatalog
import ModelServer
import ServiceClients
import Settings

/// Catalogue, model files and engines as the settings say.
struct ModelPlaces {
    let settings: Settings
    let catalog: Catalog
    let store: ModelStore

    init(_ settings: Settings) throws {
        self.settings = settings
        do {
            catalog = try Catalog.load(adding: settings.catalog.map { [URL(filePath: $0)] } ?? [])
        } catch {
            throw CommandFailure("\(error)", .usage)
        }
        store = ModelStore(
            folders: settings.models.map { URL(filePath: $0) }, cache: URL(filePath: settings.modelCache))
    }

    func engines() -> Engines { Engines.load(folders: settings.engines.map { URL(filePath: $0) }) }

    /// Threads that run decoding and inference.
    var parallel: Int { settings.parallel > 0 ? settings.parallel : ProcessInfo.processInfo.activeProcessorCount }

    /// The configuration of a model server in this process.
    /// - Parameter gallery: where the persons come from whom it is to recognise.
    func modelServer(gallery: (any GalleryFeeding)? = nil) throws -> ModelServer.Configuration {
        let engines = engines()
        let wanted = settings.engine
        let usable = engines.available.filter { wanted == .auto || $0.name == wanted.rawValue }
        let errors = engines.entries.compactMap { entry in
            if case .failure(let error) = entry.engine { error } else { nil }
        }
        var configuration = ModelServer.Configuration(
            catalog: catalog, store: store, engines: usable, engineErrors: errors,
            threadsPerSession: max(1, settings.threadsPerSession), parallel: parallel,
            queueLimit: settings.queueLimit, limits: DecodeLimits(maxPixels: settings.maxPixels),
            taskModels: try taskModels())
        configuration.gallery = gallery
        configuration.galleryFolder = gallery == nil ? nil : "\(settings.dataDirectory)/gallery"
        configuration.falseAcceptRate = settings.falseAcceptRate
        return configuration
    }

    /// Puts a model to work in every task that has a role for it.
    func override(_ configuration: inout ModelServer.Configuration, with reference: String) throws {
        do {
            let entry = try catalog.entry(reference)
            try requireLicence(entry)
            for task in ServedTask.allCases where (task.roles + task.furtherRoles).contains(entry.task) {
                configuration.taskModels[task] = reference
            }
        } catch let error as ModelCatalogError {
            throw CommandFailure("--model: \(error)", .usage)
        }
    }

    private func taskModels() throws -> [ServedTask: String] {
        var chosen: [ServedTask: String] = [:]
        for (name, reference) in settings.taskModels {
            guard let task = ServedTask(rawValue: name) else {
                let known = ServedTask.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure("task_models: there is no task '\(name)'; known: \(known)", .usage)
            }
            try requireRole(of: reference, in: task)
            chosen[task] = reference
        }
        return chosen
    }

    /// A licence that forbids commerce is accepted by name only, wherever the file lies, and is shown then.
    private func requireLicence(_ entry: CatalogEntry) throws {
        let licence = entry.licence
        guard !licence.commercialUse else { return }
        let text = ["\(entry.identity) is not free for commercial use: \(licence.name)", licence.note]
            .compactMap { $0 }.map { $0.hasSuffix(".") ? $0 : $0 + "." }.joined(separator: " ")
        guard settings.allowLicences.contains(licence.name) else {
            throw CommandFailure("\(text) Accept the licence with --allow-licences \(licence.name).", .usage)
        }
        StandardError.write("aibox: \(text)\n")
    }

    /// A model of another kind would be passed over in silence.
    private func requireRole(of reference: String, in task: ServedTask) throws {
        do {
            let entry = try catalog.entry(reference)
            try requireLicence(entry)
            guard (task.roles + task.furtherRoles).contains(entry.task) else {
                let wanted = task.roles.map(\.rawValue).joined(separator: " or ")
                throw CommandFailure(
                    "task_models: \(entry.identity) is for \(entry.task.rawValue); \(task.rawValue) needs \(wanted)",
                    .usage)
            }
        } catch let error as ModelCatalogError {
            throw CommandFailure("task_models: \(error)", .usage)
        }
    }
}
