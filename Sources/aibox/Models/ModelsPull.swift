import ArgumentParser
import Foundation
import Logging
import ModelCatalog
import Settings

/// `aibox models pull`.
struct ModelsPull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Get model files from the sources of their catalogue entries.",
        discussion: """
            Without names the default models, which are all free for commercial use. Another licence must be accepted
            by name with --allow-licences. Ends with a table of tasks that are ready or missing.
            """)

    @Option(help: "A mirror: replaces scheme and host of every address.")
    var baseURL: String?

    @Argument(parsing: .allUnrecognized, help: "Names (name or name@version). Settings may follow.")
    var arguments: [String] = []

    func run() async throws {
        let shelf = try ModelShelf(arguments) { $0.defaults }
        var configuration = ModelPull.Configuration()
        configuration.allowedLicences = Set(shelf.places.settings.allowLicences)
        configuration.baseURL = try baseURL.map(Self.url)
        let pull = ModelPull(store: shelf.places.store, configuration: configuration, logger: Logger(label: "aibox"))
        var failures: [ModelIdentity: String] = [:]
        for entry in shelf.chosen {
            do {
                let line = ProgressLine()
                _ = try await pull.pull(entry) { line.show($0) }
                line.end("ready    \(entry.identity)")
            } catch let error as ModelCatalogError {
                failures[entry.identity] = error.description
                StandardError.write("missing  \(entry.identity): \(error)\n")
            }
        }
        if arguments.isEmpty { print(tasks(shelf.places.catalog, failures)) }
        if !failures.isEmpty { throw CommandFailure("\(failures.count) of \(shelf.chosen.count) models are missing") }
    }

    private static func url(_ text: String) throws -> URL {
        guard let url = URL(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme) else {
            throw CommandFailure("--base-url: '\(text)' is no http or https address", .usage)
        }
        return url
    }

    /// Task → ready, or what is missing and how to get it.
    private func tasks(_ catalog: Catalog, _ failures: [ModelIdentity: String]) -> TextTable {
        let rows = [ServedTask.persons, .faces, .vehicles, .plates].map { task in
            let needed = catalog.defaults.filter { $0.serves.contains(task) }
            let missing = needed.filter { failures[$0.identity] != nil }
            let how = missing.map { "\($0.file) (sha256 \($0.sha256.prefix(12))…) into a folder of AIBOX_MODELS" }
            return [task.rawValue, missing.isEmpty ? "ready" : "missing", how.joined(separator: "; ")]
        }
        return TextTable(["task", "state", "how to get it"], rows)
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
