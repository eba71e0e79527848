import AIBoxAPI
import ArgumentParser
import DataManager
import Settings
import Storage

/// `aibox db backup`.
struct DatabaseBackUp: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Write a verified copy of the database, also while a server uses it.",
        discussion: """
            Into --to: a file that is not there yet, or a folder; without it into the setting backup_dir. Beside it stands \
            FILE.json with the checksum, the schema and the counts of rows. PostgreSQL: an archive of pg_dump. Pictures, \
            files and keys are not in it; see docs/operations.md, Backup.
            """)

    @Option(name: .customLong("to"), help: "A file or a folder.")
    var place: String?

    @Argument(parsing: .allUnrecognized, help: "Settings.")
    var arguments: [String] = []

    func run() async throws {
        let flags = try SettingFlags(arguments)
        try flags.requireNothingElse()
        let configuration = try DataManager.Configuration(try Settings.load(flags))
        try await Database.reporting(configuration) {
            let line = ProgressLine()
            let (file, manifest) = try await configuration.backUp(to: place) { line.show($0, of: $1) }
            line.clear()
            print("\(file.path): \(ByteText.megabytes(Int(manifest.bytes))) MB, verified, sha256 \(manifest.sha256)")
        }
    }
}

/// `aibox db restore`.
struct DatabaseRestore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a backup where no database is yet, and open it once.",
        discussion: """
            Into --into: a data folder without a database, or postgres://… without tables; the server must be stopped. The \
            backup is verified first. With encryption the folder of keys and its ledger must be there already: who was \
            erased since the backup is erased again.
            Example: aibox db restore /backup/aibox.sqlite --into /var/lib/aibox
            """)

    @Option(name: .customLong("into"), help: "A data folder, or postgres://…")
    var target: String

    @Argument(parsing: .allUnrecognized, help: "The file to restore. Settings may follow.")
    var arguments: [String] = []

    func run() async throws {
        let (path, flags) = try Keys.file(arguments)
        var configuration = try DataManager.Configuration(try Settings.load(flags))
        if let database = DataManager.Configuration.Database(url: target) {
            configuration.database = database
        } else {
            (configuration.folder, configuration.database) = (target, .sqlite(path: nil))
        }
        try await Database.reporting(configuration) {
            let done = try await configuration.restore(BackupFile(path), logger: Database.quiet)
            print("\(configuration.name): the database of \(done.backup.createdAt), \(done.backup.schema)")
            if done.backup.erasures != nil {
                print("\(done.personsErasedAgain) persons who were erased since were erased again")
            }
        }
    }
}

/// How far a backup is, on one line of a terminal.
private struct ProgressLine: Sendable {
    func show(_ done: Int64, of total: Int64?) {
        guard StandardError.isTerminal else { return }
        let share = total.map { $0 > 0 ? " of \(ByteText.megabytes(Int($0)))" : "" } ?? ""
        StandardError.write("\r\u{1B}[K\(ByteText.megabytes(Int(done)))\(share) MB")
    }

    func clear() {
        if StandardError.isTerminal { StandardError.write("\r\u{1B}[K") }
    }
}
