import ArgumentParser
import DataManager
import Settings
import Storage

/// `aibox db migrate`.
struct DatabaseMigrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the tables to the state that this version needs.",
        discussion: "A server does it when it starts; this is for whoever wants to do it before. Back up first.")

    @Argument(parsing: .allUnrecognized, help: "Settings.")
    var arguments: [String] = []

    func run() async throws {
        let flags = try SettingFlags(arguments)
        try flags.requireNothingElse()
        let configuration = try DataManager.Configuration(try Settings.load(flags))
        try await Database.alone(configuration) {
            let applied = try await Database.use(configuration) { try await DataManager.schema.migrate($0) }
            for migration in applied { print("applied \(migration)") }
            print("\(configuration.name): the schema is that of this version")
        }
    }
}
