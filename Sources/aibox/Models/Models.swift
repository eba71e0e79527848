import ArgumentParser
import Foundation
import Logging
import ModelCatalog
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
        commandName: "list", abstract: "Every catalogued model: its file's state, licence and measured accuracy.")

    @Argument(parsing: .allUnrecognized, help: "Names (name or name@version); none lists all. Settings may follow.")
    var arguments: [String] = []

    func run() throws {
        let shelf = try ModelShelf(arguments) { $0.entries }
        let rows = shelf.chosen.sorted { $0.identity < $1.identity }.map { entry in
            [
                entry.identity.description, entry.task.rawValue, shelf.state(entry), entry.isDefault ? "yes" : "",
                ByteText.megabytes(entry.bytes),
                entry.licence.commercialUse ? entry.licence.name : "! " + entry.licence.name,
                entry.accuracy.first.map { "\($0.metric) \($0.value) (\($0.data))" } ?? "not measured",
            ]
        }
        print(
            TextTable(["model", "role", "file", "default", "MB", "licence (! = not for commerce)", "accuracy"], rows))
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
