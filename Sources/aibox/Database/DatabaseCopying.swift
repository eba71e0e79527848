import ArgumentParser
import DataManager
import Settings
import Storage
import Synchronization

/// `aibox db copy`.
struct DatabaseCopying: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy", abstract: "Copy all rows into another, empty database: SQLite to PostgreSQL or back.",
        discussion: """
            From the database of the settings, whose server must be stopped, to --to. What was cut off is taken up where
            it was by the same command. At the end both sides are counted and compared by checksum. Pictures, files
            and metadata in MongoDB lie outside the database and stay where they are.
            Status 1 if a row was refused or the sides differ.
            Example: aibox db copy --data-dir /srv/aibox --to postgres://aibox@db.example.org/aibox
            """)

    @Option(name: .customLong("to"), help: "Where to: sqlite:PATH or postgres://…")
    var destination: String

    @Argument(parsing: .allUnrecognized, help: "Settings.")
    var arguments: [String] = []

    func run() async throws {
        let flags = try SettingFlags(arguments)
        try flags.requireNothingElse()
        let source = try DataManager.Configuration(try Settings.load(flags))
        var target = source
        guard let database = DataManager.Configuration.Database(url: destination) else {
            throw CommandFailure("--to is neither sqlite:PATH nor postgres://…", .usage)
        }
        target.database = database
        let report = try await Database.alone(source) {
            try await Database.use(source) { from in
                try await Database.use(target) { try await copy(from, $0) }
            }
        }
        try show(report)
    }

    private func copy(_ source: any SQLDatabase, _ target: any SQLDatabase) async throws -> DatabaseCopy.Report {
        let table = Mutex("")
        return try await DatabaseCopy(from: source, to: target, schema: DataManager.schema).run { name, rows in
            let isNew = table.withLock { last in
                defer { last = name }
                return last != name
            }
            if StandardError.isTerminal {
                StandardError.write("\(isNew ? "" : "\r\u{1B}[K")\(name): \(rows) rows")
            } else if isNew {
                StandardError.write("\(name)\n")
            }
        }
    }

    private func show(_ report: DatabaseCopy.Report) throws {
        if StandardError.isTerminal { StandardError.write("\n") }
        print(
            TextTable(
                ["table", "source", "target", "compared"],
                report.tables.map {
                    ["\($0.name)", "\($0.sourceRows)", "\($0.targetRows)", $0.isEqual ? "equal" : "DIFFERENT"]
                }))
        for row in report.refused { print("refused: \(row.table) \(row.key): \(row.reason)") }
        guard report.isComplete else {
            throw CommandFailure("\(report.refused.count) rows refused; the tables marked DIFFERENT are not the same")
        }
    }
}
