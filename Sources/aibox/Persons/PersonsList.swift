import AIBoxAPI
import AIBoxClient
import ArgumentParser
import Foundation
import Settings

/// `aibox persons list`.
struct PersonsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Persons, newest first: identifier, name, faces, your own key.")

    @OptionGroup var login: ServerLogin

    @Option(help: "Only names that begin so; case and accents do not matter.")
    var name: String?

    @Flag(help: "One JSON list on standard output.")
    var json = false

    @Argument(parsing: .allUnrecognized, help: "Settings.")
    var arguments: [String] = []

    func run() async throws {
        let flags = try SettingFlags(arguments)
        try flags.requireNothingElse()
        var query = PersonQuery()
        query.name = name
        query.limit = 500
        let wanted = query
        try await login.run(try Settings.load(flags)) { box in
            var persons: [Person] = []
            for try await person in box.allPersons(wanted) { persons.append(person) }
            if json { return try JSONOutput.print(persons) }
            let rows = persons.map { [$0.id.description, $0.name, "\($0.faceCount)", $0.externalID ?? ""] }
            print(TextTable(["id", "name", "faces", "external id"], rows))
        }
    }
}

enum JSONOutput {
    static func print(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
