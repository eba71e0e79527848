import AIBoxAPI
import KeyValue
import Logging
import NIOCore
import ServiceClients
import ServiceLifecycle
import Storage

/// The service that owns every stored row and picture.
///
/// Add it to a `ServiceGroup` before whatever calls it, so that it is stopped after them: on graceful shutdown it
/// refuses new writes, commits those that wait, and closes the database.
public final class DataManager: DataManaging, Service {
    public struct Configuration: Sendable {
        /// Where rows are kept.
        public enum Database: Sendable {
            /// A file; `nil`: `aibox.sqlite` in the data folder.
            case sqlite(path: String?)
            /// A server, by a connection string of libpq, and its streaming replicas.
            case postgres(url: String, replicas: [String])
        }

        /// `data_dir`; made when absent. It holds `aibox.lock` and, unless they are kept elsewhere, `aibox.sqlite` and
        /// `blobs/`.
        public var folder: String
        public var database = Database.sqlite(path: nil)
        /// Where the keys are that persons, pictures and files are sealed with; `nil`: all stays plain. The persons' own keys
        /// are in `<data_dir>/keys`.
        public var keys: KeySource?
        /// Whether plain rows, pictures and files are refused: nothing is left of before there was a key.
        public var requiresSealed = false
        /// Writes that may wait for a transaction; a write beyond it is refused with 503.
        public var queueLimit = 4096
        /// Writes that share one transaction at most.
        public var batchLimit = 512
        public var webhooks = WebhookRules()
        /// Where events are passed on to, besides webhooks; `nil`: nowhere.
        public var eventSink: EventSink?
        /// Age from which on a failure is looked into again when the health is asked.
        var failureTrust = Duration.seconds(5)
        /// Jobs that run at once.
        public var jobWorkers = 2
        /// Where pictures and the contents of files are kept; `nil`: below `blobs/` in the folder. Closed with the data manager.
        public var blobs: (any BlobStore)?
        /// Bytes of one file.
        public var maxFileBytes = 2_000_000_000
        /// Bytes of all files.
        public var fileQuotaBytes = 50_000_000_000
        /// Where the metadata of inferences is kept, instead of beside the rows: the URL of a MongoDB.
        public var mongodbURL: String?
        /// Paths in the metadata (`site`, `camera.position`) that detections can be searched by.
        public var metadataIndexes: [String] = []
        /// Whose days and hours a summary has when it names no time zone.
        public var timeZone = SiteZone.utc
        /// Where answers that took many rows are kept; one store for all data managers of a database. `nil`: in this
        /// process.
        public var cache: (any KeyValueStore)?
        /// Where the backups of the `backup` jobs are kept; `nil`: `backups/` in the folder.
        public var backupFolder: String?
        /// How many of them are kept.
        public var backupsKept = 7
        /// When a backup is made, as a cron expression in UTC; `nil`: only when somebody asks for it.
        public var backupSchedule: String?
        /// How long detections are kept after they were stored; `nil`: for ever.
        public var detectionsRetention: Duration?
        /// What the time is.
        var clock: @Sendable () -> Timestamp = { .now }

        public init(folder: String) { self.folder = folder }
    }

    let database: any SQLDatabase
    let blobs: SealedBlobs
    /// What is left of pictures from before they were blobs.
    let oldPictures: OldPictures?
    let cipher: GalleryCipher
    let metrics = StoreMetrics()
    let clock: @Sendable () -> Timestamp
    let jobs: JobRunner
    let metadata: InferenceMetadata
    let maxFileBytes: Int
    let fileQuotaBytes: Int
    let timeZone: SiteZone
    let queries: QueryCache
    let feed: EventFeed
    let webhookSending: WebhookSending
    let backupFolder: BackupFolder
    /// Persons who had come back with a restored database and were deleted again when this data manager started.
    public let personsErasedAgain: Int
    private let relay: EventRelay?
    private let lock: FolderLock
    let logger: Logger
    private let folder: String
    private let start = ContinuousClock.now

    /// Opens the folder, takes its lock, and migrates the database. Called before anything is served.
    public init(_ configuration: Configuration, logger: Logger) async throws(DataManagerError) {
        lock = try FolderLock(folder: configuration.folder)
        let keys = try await configuration.openKeys()
        let database = try await configuration.openDatabase(logger)
        do {
            personsErasedAgain = try await Self.reconcile(database, configuration, keys, logger)
            metadata = try await .open(configuration, database)
            try await Self.save(Self.schedules(configuration), at: configuration.clock(), in: database)
        } catch {
            await database.close()
            throw error as? DataManagerError ?? DataManagerError(opening: configuration.name, error)
        }
        let feed = EventFeed(database)
        let blobs = SealedBlobs(try configuration.openBlobs(), keys: keys?.blobKeys)
        try await BlobOwner.check(blobs.store, database, logger)
        let oldPictures = OldPictures(dataFolder: configuration.folder)
        (self.database, self.feed, self.blobs, self.logger) = (database, feed, blobs, logger)
        (self.oldPictures, folder) = (oldPictures, configuration.folder)
        (clock, cipher) = (configuration.clock, GalleryCipher(keys))
        (maxFileBytes, fileQuotaBytes) = (configuration.maxFileBytes, configuration.fileQuotaBytes)
        timeZone = configuration.timeZone
        queries = QueryCache(configuration.cache)
        let backups = BackupFolder(
            path: configuration.backupFolder ?? configuration.folder + "/backups", count: configuration.backupsKept)
        backupFolder = backups
        let parts = JobParts(
            database: database, blobs: blobs, oldPictures: oldPictures, backups: backups, metadata: metadata,
            plates: cipher.plates, logger: logger)
        jobs = JobRunner(
            queue: JobQueue(database: database, clock: configuration.clock), kinds: parts.kinds(configuration),
            workers: configuration.jobWorkers, logger: logger)
        webhookSending = try WebhookSending(database, feed, configuration.webhooks, logger)
        relay = configuration.eventSink.map { EventRelay(database, feed, sink: $0, logger) }
        logger.info("data folder opened", metadata: ["data.folder": "\(configuration.folder)"])
    }

    /// Does jobs, chores and what else nobody waits for until graceful shutdown or cancellation, then drains and closes.
    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for work in backgroundWork { group.addTask { await work() } }
            try? await gracefulShutdown()
            group.cancelAll()
        }
        await close()
    }

    /// Each runs until it is cancelled.
    private var backgroundWork: [@Sendable () async -> Void] {
        var work: [@Sendable () async -> Void] = [
            feed.run,
            jobs.run,
            bringUpToDate,
            webhookSending.run,
            EventRetention(database, logger).run,
            AlertWatch(database, dataFolder: folder, logger).run,
        ]
        for chore in chores { work.append { await chore.run(self.logger) } }
        if let relay { work.append(relay.run) }
        return work
    }

    /// Commits what waits, closes the files and lets another process have the folder; later calls fail. For whoever
    /// uses the data manager without running it.
    public func close() async {
        await database.close()
        await metadata.close()
        await blobs.store.close()
        cipher.keys?.close()
        lock.release()
        logger.info("data folder closed")
    }

    public func health() async throws -> ServiceHealth {
        var checks = ["database": "ok", "disk": "ok", "queue": "\(database.waitingCount) waiting"]
        var status = ServiceHealth.Status.healthy
        if let failure = await database.failure() {
            let problem = Problem(failure)
            checks["database"] = problem.detail ?? problem.title
            status = failure.code == .damaged ? .unhealthy : .degraded
        }
        if metadata.mongo != nil {
            let failure = await metadata.failure()
            checks["metadata"] = failure?.message ?? "ok"
            if failure != nil, status == .healthy { status = .degraded }
        }
        if let shortage = FreeSpace(path: folder).shortage {
            checks["disk"] = shortage
            if status == .healthy { status = .degraded }
        }
        if let relay {
            checks["events"] = await Self.state(of: relay)
            if relay.failingSince != nil, status == .healthy { status = .degraded }
        }
        return ServiceHealth(
            status: status, service: "data_manager", version: AIBoxVersion.current,
            uptimeSeconds: (ContinuousClock.now - start) / .seconds(1), checks: checks)
    }

    private static func state(of relay: EventRelay) async -> String {
        guard let behind = try? await relay.behind() else { return "unknown" }
        guard let start = relay.failingSince else { return "\(behind) behind" }
        return "\(behind) behind, not passed on since \(start)"
    }

    // MARK: Rows

    /// As `SQLDatabase.write`; failures of the store become what the caller is told, and go to the log.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws(Problem) -> Value {
        do {
            let value = try await database.write(body)
            feed.noteWrite()
            return value
        } catch {
            throw problem(error)
        }
    }

    /// As `SQLDatabase.read`.
    func read<Value: Sendable>(
        _ consistency: ReadConsistency = .latest, _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws(Problem) -> Value {
        do { return try await database.read(consistency, body) } catch { throw problem(error) }
    }

    /// What the caller of a failed call is told; the log has the rest.
    func problem(_ error: any Error) -> Problem {
        if let error = error as? StorageError, ![.conflict, .invalid, .busy, .closed].contains(error.code) {
            logger.error("the database failed", metadata: ["error": "\(error)"])
        }
        return Problem(error)
    }
}
