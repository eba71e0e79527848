import AIBoxAPI
import Logging
import Storage

/// Raises alerts for what a box notices of itself: a disk that fills up, a database that failed for a while.
struct AlertWatch: Sendable {
    private static let interval = Duration.seconds(30)

    let database: any SQLDatabase
    /// What is wrong with the disk, or `nil`.
    let shortage: @Sendable () -> String?
    let logger: Logger

    init(_ database: any SQLDatabase, dataFolder: String, _ logger: Logger) {
        self.init(database, shortage: { FreeSpace(path: dataFolder).shortage }, logger)
    }

    init(_ database: any SQLDatabase, shortage: @escaping @Sendable () -> String?, _ logger: Logger) {
        (self.database, self.shortage, self.logger) = (database, shortage, logger)
    }

    func run() async {
        var lastFailure: StorageError?
        while !Task.isCancelled {
            do {
                lastFailure = try await look(after: lastFailure)
            } catch {
                logger.warning("alerts cannot be written", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Looks once. Returns what is wrong with the database now, to be given to the next look.
    func look(after lastFailure: StorageError?) async throws -> StorageError? {
        if let failure = await database.failure() { return failure }
        if let lastFailure {
            let alert = SystemAlert(
                kind: .databaseFailed, severity: .critical,
                message: "The database failed for a while and works again. It was: \(lastFailure)")
            try await database.write { _ = try alert.raise($0) }
        }
        if let shortage = shortage() {
            let alert = SystemAlert(kind: .diskLow, severity: .critical, message: shortage)
            try await database.write { _ = try alert.raise($0) }
        } else if try await database.read({ try SystemAlert.isUnresolved(.diskLow, $0) }) {
            try await database.write { try SystemAlert.resolve(.diskLow, $0) }
        }
        return nil
    }
}
