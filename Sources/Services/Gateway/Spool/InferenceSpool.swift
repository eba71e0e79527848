import AIBoxAPI
import Foundation
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// Where inferences with `store=async` lie until the data manager has them: a bounded folder of fsynced records.
///
/// A record is written before its caller is answered, and stays until it is stored, through restarts and power
/// failures. It may be stored twice, which the data manager makes one row of, by the inference's identifier.
///
/// Add it to a `ServiceGroup` after the data manager and before whatever appends: on graceful shutdown it stops
/// draining and keeps the rest for the next start.
public final class InferenceSpool: Service {
    public struct Configuration: Sendable {
        /// `<data_dir>/spool`; made when absent.
        public var folder: String
        /// Bytes that may wait (`spool_max_bytes`). The disk holds up to two segments more.
        public var maximumBytes: Int
        /// Records that may wait; each takes some 50 bytes of memory.
        public var maximumRecords = 1_000_000
        /// Length from which on another segment is begun.
        public var segmentBytes = 16 << 20
        /// Applied to what a record says before it is written, e.g. encryption.
        public var seal: @Sendable (ByteBuffer) throws -> ByteBuffer = { $0 }
        /// Undoes `seal`. A record that it refuses stays, and is tried again: a missing key may come back.
        public var open: @Sendable (ByteBuffer) throws -> ByteBuffer = { $0 }
        /// As fdatasync(2), with `errno`.
        var synchronize: @Sendable (CInt) -> CInt = { fdatasync($0) }

        public init(folder: String, maximumBytes: Int) {
            self.folder = folder
            self.maximumBytes = maximumBytes
        }
    }

    let folder: SpoolFolder
    let index: SpoolIndex
    let metrics = SpoolMetrics()
    let delivery: SpoolDelivery
    let writer: SpoolWriter
    let logger: Logger
    /// Yields when there is something to drain.
    let wakeups: AsyncStream<Void>
    private let isClosed = Mutex(false)
    private let maximumBytes: Int
    private let seal: @Sendable (ByteBuffer) throws -> ByteBuffer
    private let wake: AsyncStream<Void>.Continuation

    /// Takes the folder's lock and reads what an earlier process left. Blocks.
    ///
    /// - Parameter store: as `DataManaging.store`: idempotent by the inference's identifier, fsynced when it returns.
    /// - Throws: `Problem` when the folder cannot be used, or another gateway uses it.
    public init(
        _ configuration: Configuration, logger: Logger,
        store: @escaping @Sendable (InferenceRecord, ByteBuffer?) async throws -> Void
    ) throws(Problem) {
        self.logger = logger
        seal = configuration.seal
        maximumBytes = configuration.maximumBytes
        let (wakeups, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (self.wakeups, self.wake) = (wakeups, wake)
        folder = try SpoolFolder(path: configuration.folder)
        index = SpoolIndex(maximumBytes: configuration.maximumBytes, maximumRecords: configuration.maximumRecords)
        do throws(FileFailure) {
            try SpoolRecovery(folder: folder, index: index, logger: logger).run()
        } catch {
            throw error.startProblem
        }
        delivery = SpoolDelivery(
            folder: folder, open: configuration.open, store: store, metrics: metrics, logger: logger)
        writer = SpoolWriter(
            folder: folder, index: index, segmentBytes: configuration.segmentBytes,
            synchronize: configuration.synchronize
        ) { [metrics, index] count, duration in
            metrics.written(count, in: duration)
            metrics.show(index.status)
            wake.yield()
        }
        wake.yield()
    }

    /// How many records wait, and for how long.
    var status: SpoolIndex.Status { index.status }

    /// Returns once the inference will survive a power failure; it is stored soon after.
    ///
    /// - Throws: `Problem` 503 (`/problems/spool-full`) when there is no room, 413 when there can be none, 507 when
    ///   the disk is full, 503 when it fails. Then nothing was stored.
    func append(_ record: InferenceRecord, picture: ByteBuffer?) async throws {
        let body = try seal(SpooledInference(record, picture: picture).encoded())
        guard !isClosed.withLock({ $0 }) else { throw Problem.unavailable("The gateway is shutting down.") }
        let bytes = SpoolRecord.headBytes + body.readableBytes
        guard bytes <= maximumBytes else { throw Self.tooLarge }
        guard index.reserve(bytes: bytes) else {
            metrics.refusedOne()
            throw Self.full
        }
        let result = await withCheckedContinuation { continuation in
            writer.append(SpoolWriter.Append(id: record.id, body: body) { continuation.resume(returning: $0) })
        }
        if case .failure(let failure) = result {
            logger.error(
                "the spool cannot be written",
                metadata: ["path": "\(failure.path)", "error": "\(String(cString: strerror(failure.reason)))"])
            throw failure.problem
        }
    }

    private static let tooLarge = Problem.tooLarge(
        "The spool takes less than this one picture; use store=sync, save_image=false, or raise the setting "
            + "spool_max_bytes.")

    private static let full = Problem.unavailable(
        "The spool is full: the data manager has taken nothing for too long. Nothing was stored; try again later.",
        type: "/problems/spool-full", retryAfter: 5)

    /// Drains until graceful shutdown or cancellation.
    public func run() async {
        await cancelWhenGracefulShutdown { await self.drain() }
        await close()
    }

    /// Refuses further records and lets another process have the folder. What waits stays for the next start.
    func close() async {
        isClosed.withLock { $0 = true }
        await writer.rest(keeping: 0)
        wake.finish()
        let left = index.status.records
        if left > 0 { logger.info("the rest of the spool is kept", metadata: ["spool.records": "\(left)"]) }
        folder.release()
    }
}
