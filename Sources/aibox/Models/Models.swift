import ArgumentParser
import Foundation
import Logging
import ModelCatalog
import Pipelines
import Settings

/// `aibox models …`.
struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, get and verify model files.",
        subcommands: [ModelsList.self, ModelsPull.self, ModelsVerify.self])
}

/// What every models verb starts from.
struct ModelShelf {
    let places: ModelPlaces
    /// What was named on the command line; the default models when nothing was.
    let chosen: [CatalogEntry]

    init(_ arguments: [String], otherwise: (Catalog) -> [CatalogEntry]) throws {
        let flags = try SettingFlags(arguments)
        places = try ModelPlaces(try Settings.load(flags))
        let catalog = places.catalog
        do {
            chosen = try flags.rest.isEmpty ? otherwise(catalog) : flags.rest.map { try catalog.entry($0) }
        } catch {
            throw CommandFailure("\(error)", .usage)
        }
    }

    func state(_ entry: CatalogEntry) -> String {
        switch places.store.state(of: entry) {
        case .ready: "ready"
        case .absent: "absent"
        case .corrupt: "corrupt"
        }
    }
}

/// `aibox models list`.
struct ModelsList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Every catalogued model: its file's state, licence and measured accuracy.",
        discussion: """
            The accuracy is our own measurement on the data named; "published" marks what the author of a model says of
            it and nobody here has measured.
            """)

    @Flag(help: "Print JSON instead of a table, with every figure and where the licence is stated.")
    var json = false

    @Argument(parsing: .allUnrecognized, help: "Names (name or name@version); none lists all. Settings may follow.")
    var arguments: [String] = []

    func run() throws {
        let shelf = try ModelShelf(arguments) { $0.entries }
        let entries = shelf.chosen.sorted { $0.identity < $1.identity }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let listed = entries.map { ListedModel($0, file: shelf.state($0)) }
            return print(String(decoding: try encoder.encode(listed), as: UTF8.self))
        }
        let rows = entries.map { entry in
            [
                entry.identity.description, entry.task.rawValue, shelf.state(entry), entry.isDefault ? "yes" : "",
                ByteText.megabytes(entry.bytes),
                entry.licence.commercialUse ? entry.licence.name : "! " + entry.licence.name, Self.accuracy(entry),
            ]
        }
        print(
            TextTable(["model", "role", "file", "default", "MB", "licence (! = not for commerce)", "accuracy"], rows))
    }

    /// The first figure that was measured here; without one the author's, marked.
    private static func accuracy(_ entry: CatalogEntry) -> String {
        func text(_ figure: CatalogEntry.Accuracy) -> String {
            let note = figure.note.map { "; \($0)" } ?? ""
            return "\(figure.metric) \(figure.value) (\(figure.data)\(note))"
        }
        if let own = entry.accuracy.first(where: { $0.isPublished != true }) { return text(own) }
        return entry.accuracy.first.map { "published: " + text($0) } ?? "not measured"
    }
}

/// A model as `aibox models list --json` prints it.
private struct ListedModel: Encodable {
    let name: String
    let version: String
    let task: ModelTask
    let serves: [ServedTask]
    /// `ready`, `absent` or `corrupt`.
    let file: String
    let isDefault: Bool
    /// Whether this version can run it for its task.
    let hasPipeline: Bool
    let bytes: Int
    let licence: CatalogEntry.Licence
    let thresholds: CatalogEntry.Thresholds
    let accuracy: [CatalogEntry.Accuracy]

    init(_ entry: CatalogEntry, file: String) {
        name = entry.name
        version = entry.version
        task = entry.task
        serves = entry.serves
        self.file = file
        isDefault = entry.isDefault
        hasPipeline = entry.hasPipeline
        bytes = entry.bytes
        licence = entry.licence
        thresholds = entry.thresholds
        accuracy = entry.accuracy
    }

    private enum CodingKeys: String, CodingKey {
        case name, version, task, serves, file, bytes, licence, thresholds, accuracy
        case isDefault = "default"
        case hasPipeline = "has_pipeline"
    }
}

/// `aibox models verify`.
struct ModelsVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check files against the catalogue's checksums; status 1 if one is wrong.")

    @Argument(parsing: .allUnrecognized, help: "Names; none checks every file that is there. Settings may follow.")
    var arguments: [String] = []

    func run() throws {
        let shelf = try ModelShelf(arguments) { $0.entries }
        var corrupt = 0
        for entry in shelf.chosen {
            switch shelf.places.store.state(of: entry) {
            case .ready(let file): print("ok       \(entry.identity)  \(file.path)")
            case .absent: print("absent   \(entry.identity)")
            case .corrupt(let file, let found):
                corrupt += 1
                print(
                    "CORRUPT  \(entry.identity)  \(file.path): \(found); delete it and run: aibox models pull \(entry.name)"
                )
            }
        }
        if corrupt > 0 { throw CommandFailure("\(corrupt) model files are not what the catalogue says") }
    }
}
