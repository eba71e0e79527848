import ArgumentParser
import DataManager
import Logging
import Settings
import Storage

/// `aibox db …`.
struct Database: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db", abstract: "The database: its schema, its soundness, its move to another server.",
        discussion: "Works on the database of the settings (--database-url, --data-dir), no server needed.",
        subcommands: [
            DatabaseBackUp.self, DatabaseRestore.self, DatabaseMigrate.self, DatabaseStatus.self, DatabaseCheck.self,
            DatabaseCopying.self,
        ])
}

extension Database {
    /// For what opens a data manager: its answer is on standard output.
    static var quiet: Logger {
        var logger = Logger(label: "aibox")
        logger.logLevel = .error
        return logger
    }

    /// Runs `body` with the database of the configuration and closes it.
    static func use<Value>(
        _ configuration: DataManager.Configuration, _ body: (any SQLDatabase) async throws -> Value
    ) async throws -> Value {
        try await reporting(configuration) {
            let database = try await configuration.open()
            do {
                let value = try await body(database)
                await database.close()
                return value
            } catch {
                await database.close()
                throw error
            }
        }
    }

    /// Runs `body`; what the database refuses becomes the message of the command.
    static func reporting<Value>(
        _ configuration: DataManager.Configuration, _ body: () async throws -> Value
    ) async throws -> Value {
        do { return try await body() } catch let error as DataManagerError {
            throw CommandFailure("\(error)")
        } catch let error as StorageError {
            throw CommandFailure("\(configuration.name): \(error.message)")
        }
    }

    /// Runs `body` while no server has the folder. A PostgreSQL server needs no such lock.
    static func alone<Value>(
        _ configuration: DataManager.Configuration, _ body: () async throws -> Value
    ) async throws -> Value {
        guard case .sqlite(let path) = configuration.database else { return try await body() }
        let file = path ?? configuration.folder + "/aibox.sqlite"
        do {
            let lock = try FolderLock(folder: file.contains("/") ? folder(of: file) : ".")
            defer { lock.release() }
            return try await body()
        } catch let error as DataManagerError {
            throw CommandFailure("\(error)")
        }
    }

    private static func folder(of file: String) -> String {
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return folder.isEmpty ? "/" : folder
    }
}
