import AIBoxAPI
import Logging
import Storage

extension DataManager.Configuration {
    /// The keys of `<data_dir>/keys`; `nil` when none are configured.
    func openKeys() async throws(DataManagerError) -> SubjectKeys? {
        let keyFolder = folder + "/keys"
        guard let keys else {
            guard !SubjectKeys.exist(in: keyFolder) else { throw .keyMissing(name) }
            return nil
        }
        do {
            return try await .open(folder: keyFolder, keys.load(acceptingPlain: !requiresSealed))
        } catch {
            throw DataManagerError(openingKeys: keyFolder, error)
        }
    }
}

extension DataManager {
    /// Refuses a database that belongs to other keys; finishes erasures that were cut short, and deletes again whom a
    /// restored database has brought back. Returns how many these were.
    static func reconcile(
        _ database: any SQLDatabase, _ configuration: Configuration, _ keys: SubjectKeys?, _ logger: Logger
    ) async throws -> Int {
        guard let keys else {
            guard try await !database.read({ try KeyStoreMark.isThere($0) }) else {
                throw DataManagerError.keyMissing(configuration.name)
            }
            return 0
        }
        let folder = configuration.folder + "/keys"
        guard try await database.write({ try KeyStoreMark(keys).claim($0) }) else {
            throw DataManagerError(
                code: .keys, message: "\(configuration.name) was sealed with other keys than those in \(folder)",
                remedy: "Restore that folder; two data managers cannot share a database that is encrypted")
        }
        if configuration.requiresSealed {
            guard try await database.read({ try KeyStoreMark.isSealed($0) || $0.hasNothingPlain }) else {
                throw DataManagerError(
                    code: .keys, message: "Not everything in \(configuration.name) is sealed yet",
                    remedy: "Start without encryption_require_sealed until the log says that all is sealed")
            }
        }
        try await keys.eraseAll(try await database.read { try Erasures.due($0) })
        let lost = try await database.read { try Erasures.withoutKey(keys, $0) }
        guard lost == 0 else {
            throw DataManagerError(
                code: .keys, message: "The keys of \(lost) persons are missing in \(folder)",
                remedy: "Restore the newest backup of the keys, or a backup of the database of the same time")
        }
        let returned = try await database.write { try Erasures.finish(keys, $0) }
        if returned > 0 {
            logger.warning(
                "deleted persons came back with a restored database and were deleted again",
                metadata: ["persons": "\(returned)"])
            _ = await database.eraseJournal()
        }
        return returned
    }

    /// Destroys the key of a person whose row is deleted.
    ///
    /// - Throws: 503 when the disk refuses; the next start does it, or whoever deletes the person again.
    func eraseKey(of person: UUIDv7) async throws {
        guard let keys = cipher.keys else { return }
        do { try await keys.eraseAll([person]) } catch {
            logger.error("the key of a deleted person was not erased", metadata: ["error": "\(error)"])
            throw Problem(error)
        }
        try await write { try Erasures.forget(person, $0) }
    }
}

extension SQLSession {
    /// Nothing but pictures perhaps.
    fileprivate var hasNothingPlain: Bool {
        get throws { try !exists("SELECT 1 FROM persons LIMIT 1") && PlateSealing.isDone(self) }
    }
}

extension DataManagerError {
    static func keyMissing(_ name: String) -> DataManagerError {
        DataManagerError(
            code: .keys, message: "\(name) is encrypted, and no key is configured",
            remedy: "Set encryption_key or encryption_key_command to its key")
    }

    init(openingKeys folder: String, _ error: any Error) {
        let error = error as? StorageError ?? StorageError(.statement, "\(error)")
        let remedy =
            switch error.code {
            case .denied: "Give the key that it names, beside a newer one if there is one"
            case .unavailable: "A folder of keys belongs to one process: stop the other one"
            case .notFound, .damaged: "Restore a backup of the keys, and the ledger from its copy"
            case .full: "Free space on that disk"
            default: "See that encryption_key or encryption_key_command gives keys of 'aibox keys make'"
            }
        self.init(code: .keys, message: "The keys in \(folder) cannot be used (\(error.message))", remedy: remedy)
    }
}
