import ArgumentParser
import DataManager
import Settings
import Storage

/// `aibox db status`.
struct DatabaseStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say which migrations the database has, and which are missing.",
        discussion:
            "Status 1 if one is missing, the database is of a later version, or MongoDB is set and does not answer.")

    @Argument(parsing: .allUnrecognized, help: "Settings.")
    var arguments: [String] = []

    func run() async throws {
        let flags = try SettingFlags(arguments)
        try flags.requireNothingElse()
        let configuration = try DataManager.Configuration(try Settings.load(flags))
        let status = try await Database.use(configuration) { try await DataManager.schema.status(of: $0) }
        let known = status.steps.map { [$0.identifier, $0.appliedAt.map { "\($0)" } ?? "missing"] }
        print(TextTable(["migration", "applied"], known + status.unknown.map { [$0, "of a later version"] }))
        if !status.unknown.isEmpty { throw CommandFailure("a later version of aibox has migrated this database") }
        let missing = status.steps.count { $0.appliedAt == nil }
        if missing > 0 { throw CommandFailure("\(missing) missing: aibox db migrate") }
        try await MongoExamination.report(url: configuration.mongodbURL)
    }
}
