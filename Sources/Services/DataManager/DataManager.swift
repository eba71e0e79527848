import AIBoxAPI
import GRDB
import Logging
import NIOCore
import ServiceClients
import ServiceLifecycle

/// The service that owns every stored row and picture: on SQLite and a folder of files.
///
/// Add it to a `ServiceGroup` before whatever calls it, so that it is stopped after them: on graceful shutdown it
/// refuses new writes, commits those that wait, and closes the database.
public final class DataManager: DataManaging, Service {
    public struct Configuration: Sendable {
        /// `data_dir`; made when absent. It holds `aibox.sqlite`, `aibox.lock` and `pictures/`.
        public var folder: String
        /// Path of the database file, when it is not in the folder.
        public var database: String?
        /// Writes that may wait for a transaction; a write beyond it is refused with 503.
        public var queueLimit = 4096
        /// Writes that share one transaction at most.
        public var batchLimit = 512
        /// Age from which on a failure is looked into again when the health is asked.
        var failureTrust = Duration.seconds(5)

        public init(folder: String) { self.folder = folder }
    }

    let store: SQLiteStore
    let pictures: PictureFolder
    let metrics = StoreMetrics()
    private let failureTrust: Duration
    let logger: Logger
    private let start = ContinuousClock.now

    /// Opens the folder, takes its lock and migrates the database. Blocks; called before anything is served.
    public init(_ configuration: Configuration, logger: Logger) throws(DataManagerError) {
        store = try SQLiteStore(configuration)
        pictures = try PictureFolder(path: configuration.folder + "/pictures")
        failureTrust = configuration.failureTrust
        self.logger = logger
        logger.info("data folder opened", metadata: ["data.folder": "\(configuration.folder)"])
    }

    /// Waits for graceful shutdown or cancellation, then drains and closes.
    public func run() async throws {
        try? await gracefulShutdown()
        await close()
    }

    /// Commits what waits, closes the files and lets another process have the folder; later calls fail. For whoever
    /// uses the data manager without running it.
    public func close() async {
        await store.close()
        logger.info("data folder closed")
    }

    public func health() async throws -> ServiceHealth {
        var checks = ["database": "ok", "disk": "ok", "queue": "\(store.writer.waitingCount) waiting"]
        var status = ServiceHealth.Status.healthy
        await store.writer.recheck(olderThan: failureTrust)
        if let failure = store.writer.lastFailure {
            (checks["database"], status) = (failure, .degraded)
        }
        if let shortage = pictures.freeSpace.shortage {
            (checks["disk"], status) = (shortage, .degraded)
        }
        do {
            _ = try await store.read { try Int.fetchOne($0, sql: "SELECT 1 FROM inferences LIMIT 1") }
        } catch {
            (checks["database"], status) = (error.detail ?? error.title, .unhealthy)
        }
        return ServiceHealth(
            status: status, service: "data_manager", version: AIBoxVersion.current,
            uptimeSeconds: (ContinuousClock.now - start) / .seconds(1), checks: checks)
    }
}
