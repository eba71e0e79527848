import ArgumentParser
import DataManager
import Settings
import Storage

/// `aibox db check`.
struct DatabaseCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Read the whole database and say what is damaged.",
        discussion: """
            SQLite: every page, every index, every reference. PostgreSQL: every row, and what the server itself knows of
            wrong checksums and invalid indexes. May run beside a server. A MongoDB that is set is asked for its
            version only. Status 1 if something is damaged or MongoDB does not answer.
            """)

    @Option(help: "At most so many findings, 1–10000.")
    var limit = 100

    @Argument(parsing: .allUnrecognized, help: "Settings.")
    var arguments: [String] = []

    func validate() throws {
        if !(1...10_000).contains(limit) { throw ValidationError("--limit must be within 1–10000") }
    }

    func run() async throws {
        let flags = try SettingFlags(arguments)
        try flags.requireNothingElse()
        let configuration = try DataManager.Configuration(try Settings.load(flags))
        let lines = try await Database.use(configuration) { try await $0.check(limit: limit) }
        for line in lines { print(line) }
        guard lines.isEmpty else {
            throw CommandFailure("\(configuration.name) is damaged: restore a backup, or copy it with 'aibox db copy'")
        }
        print("\(configuration.name): nothing is damaged")
        try await MongoExamination.report(url: configuration.mongodbURL)
    }
}
