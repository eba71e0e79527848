import ArgumentParser
import Foundation
import Settings
import Storage

/// `aibox keys backup`.
struct KeysBackup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Write a backup of the persons' keys that expires.",
        discussion: """
            Stop the server first. The file is sealed under the current key, and still opens persons who are deleted
            later: it is refused after its time, and has to be deleted then.
            """)

    @Option(help: "How long it may be restored, 1–35 days.")
    var days = 30

    @Argument(parsing: .allUnrecognized, help: "The file to write. Settings may follow.")
    var arguments: [String] = []

    func validate() throws {
        if !(1...35).contains(days) { throw ValidationError("--days must be within 1–35") }
    }

    func run() async throws {
        let (path, flags) = try Keys.file(arguments)
        try await Keys.use(flags) { keys, _ in
            let backup = try SubjectKeyBackup.write(keys, to: path, life: TimeInterval(days) * 86_400)
            print("\(path): good until \(backup.expires.formatted(.iso8601)); delete it then")
        }
    }
}

/// `aibox keys restore`.
struct KeysRestore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put the persons' keys of a backup into the data folder.",
        discussion: """
            Stop the server first. Persons whom the ledger in the folder has stay erased; the next start deletes them from
            the database too.
            """)

    @Flag(help: "Go on although the ledger is lost: who was erased since the backup comes back.")
    var withoutLedger = false

    @Argument(parsing: .allUnrecognized, help: "The file to read. Settings may follow.")
    var arguments: [String] = []

    func run() async throws {
        let (path, flags) = try Keys.file(arguments)
        let settings = try Settings.load(flags)
        let source = try Keys.source(settings)
        let folder = settings.dataDirectory + "/keys"
        do {
            let done = try SubjectKeyBackup.restore(
                from: path, into: folder, await source.load(acceptingPlain: true), acceptingLostLedger: withoutLedger)
            print("\(folder): the keys of \(done.backup.made.formatted(.iso8601)); \(done.erased.count) persons erased")
        } catch let error as StorageError {
            throw CommandFailure("\(folder): \(error.message)")
        }
    }
}

extension Keys {
    /// The one file on a command line, and the settings.
    static func file(_ arguments: [String]) throws -> (path: String, flags: SettingFlags) {
        let flags = try SettingFlags(arguments)
        guard let path = flags.rest.first, flags.rest.count == 1 else {
            throw CommandFailure("name one file; see --help", .usage)
        }
        return (path, flags)
    }

    static func source(_ settings: Settings) throws -> KeySource {
        guard let source = KeySource(settings) else {
            throw CommandFailure("set encryption_key or encryption_key_command; see 'aibox keys make'", .usage)
        }
        return source
    }
}
