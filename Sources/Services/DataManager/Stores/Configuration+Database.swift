import Logging
import Storage

extension DataManager {
    /// The tables that this version knows.
    public static var schema: Schema { .dataManager }
}

extension DataManager.Configuration {
    /// Opens and migrates the database.
    func openDatabase(_ logger: Logger) async throws(DataManagerError) -> any SQLDatabase {
        let database = try await open()
        do {
            for migration in try await DataManager.schema.migrate(database) {
                logger.info("database migrated", metadata: ["migration": "\(migration)"])
            }
        } catch {
            await database.close()
            throw DataManagerError(opening: name, error)
        }
        if let failure = await database.failure() {
            logger.error("the database is open, and something is wrong", metadata: ["error": "\(failure)"])
        }
        return database
    }

    /// The store that was given, or a folder beside the database.
    func openBlobs() throws(DataManagerError) -> any BlobStore {
        if let blobs { return blobs }
        let path = folder + "/blobs"
        do {
            return try FolderBlobStore(.init(path: path))
        } catch {
            throw DataManagerError(opening: path, error)
        }
    }

    /// Opens the database as it is, for maintenance; the caller closes it.
    ///
    /// The folder's lock is not taken: reading beside a running server is right, writing beside one only in PostgreSQL.
    public func open() async throws(DataManagerError) -> any SQLDatabase {
        do throws(StorageError) {
            switch database {
            case .sqlite(let path):
                var configuration = SQLiteDatabase.Configuration(path: path ?? folder + "/aibox.sqlite")
                configuration.queueLimit = queueLimit
                configuration.batchLimit = batchLimit
                configuration.failureTrust = failureTrust
                return try SQLiteDatabase(configuration)
            case .postgres(let url, let replicas):
                var configuration = PostgresDatabase.Configuration(url: url)
                configuration.replicas = replicas
                configuration.writeQueueLimit = queueLimit
                configuration.batchLimit = batchLimit
                return try await PostgresDatabase.open(configuration)
            }
        } catch {
            throw DataManagerError(opening: name, error)
        }
    }

    /// For messages: never with a password.
    public var name: String {
        switch database {
        case .sqlite(let path): path ?? folder + "/aibox.sqlite"
        case .postgres: "the PostgreSQL server"
        }
    }
}

extension DataManager.Configuration.Database {
    /// `sqlite:PATH` or `postgres://…`; `nil` for anything else.
    public init?(url: String, replicas: [String] = []) {
        if url.hasPrefix("sqlite:") {
            let path = String(url.dropFirst("sqlite:".count))
            guard !path.isEmpty else { return nil }
            self = .sqlite(path: path)
        } else if url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") {
            self = .postgres(url: url, replicas: replicas)
        } else {
            return nil
        }
    }
}

extension DataManagerError {
    init(opening name: String, _ error: any Error) {
        let error = error as? StorageError ?? StorageError(.statement, "\(error)")
        switch error.code {
        case .full:
            self.init(code: .full, message: "No space left for \(name)", remedy: "Free space on that disk")
        case .damaged:
            self.init(
                code: .damaged, message: "\(name) is damaged or no database (\(error.message))",
                remedy: "Restore a backup, or save what is left with `sqlite3 \(name) .recover` and move it away")
        case .newer:
            self.init(
                code: .newer, message: "\(name): \(error.message)",
                remedy: "Start that version, or restore a backup made before the upgrade")
        case .inputOutput:
            self.init(
                code: .folder, message: "\(name) cannot be opened (\(error.message))",
                remedy: "See that the user who runs aibox may read and write the folder and its files")
        default:
            self.init(
                code: .database, message: "\(name) cannot be used (\(error.message))",
                remedy: "See that the database runs and that the address, user and password are right")
        }
    }
}
