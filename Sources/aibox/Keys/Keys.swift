import ArgumentParser
import Settings
import Storage

/// `aibox keys …`.
struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The keys that persons and pictures are encrypted with.",
        subcommands: [KeysMake.self, KeysStatus.self, KeysRotate.self, KeysBackup.self, KeysRestore.self])
}

extension Keys {
    /// Runs `body` with the keys of the data folder, which no server may have open.
    static func use(_ flags: SettingFlags, _ body: (SubjectKeys, KeyRing) async throws -> Void) async throws {
        let settings = try Settings.load(flags)
        let source = try source(settings)
        let folder = settings.dataDirectory + "/keys"
        guard SubjectKeys.exist(in: folder) else {
            throw CommandFailure("there are no keys in \(folder); the first start with a key makes them", .absent)
        }
        do {
            let ring = try await source.load(acceptingPlain: true)
            let keys = try await SubjectKeys.open(folder: folder, ring)
            defer { keys.close() }
            try await body(keys, ring)
        } catch let error as StorageError {
            throw CommandFailure("\(folder): \(error.message)")
        }
    }
}

/// `aibox keys make`.
struct KeysMake: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make", abstract: "Print a new random key, as one line of encryption_key.",
        discussion: """
            Keep it where the backups of the data are not. Whoever loses it loses the data: nobody can open it.
            Example: (umask 077; aibox keys make > /etc/aibox/key), then AIBOX_ENCRYPTION_KEY_FILE=/etc/aibox/key
            """)

    func run() { print(WrappingKey().line) }
}

/// `aibox keys status`.
struct KeysStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say which keys are given, and how many keys of persons each one wraps.",
        discussion: "Stop the server first: the folder of keys belongs to one process.")

    @Argument(parsing: .allUnrecognized, help: "Settings.")
    var arguments: [String] = []

    func run() async throws {
        let flags = try SettingFlags(arguments)
        try flags.requireNothingElse()
        try await Keys.use(flags) { keys, ring in
            let counts = keys.wrappedCounts
            let rows = ring.keys.map { key in
                let use = key.id == ring.current.id ? "current" : counts[key.id] == nil ? "not in use" : "older"
                return ["\(key.id)", use, "\(counts[key.id] ?? 0)"]
            }
            print(TextTable(["key", "use", "wraps"], rows))
        }
    }
}

/// `aibox keys rotate`.
struct KeysRotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Wrap the keys of all persons under the first key and retire the others.",
        discussion: """
            Put a new key of 'aibox keys make' in front of the old one, stop the server, run this, and take the old line
            away. Names, templates and pictures are not rewritten. Backups of the keys still need the old key until they
            have expired.
            """)

    @Argument(parsing: .allUnrecognized, help: "Settings.")
    var arguments: [String] = []

    func run() async throws {
        let flags = try SettingFlags(arguments)
        try flags.requireNothingElse()
        try await Keys.use(flags) { keys, ring in
            let count = try await keys.rewrapAll()
            for id in keys.wrappedCounts.keys where id != ring.current.id {
                try await keys.retireWaiting(id)
                print("key \(id) is retired: take its line away")
            }
            print("\(count) keys wrapped under \(ring.current.id)")
        }
    }
}
