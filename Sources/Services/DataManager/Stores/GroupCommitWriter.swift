import AIBoxAPI
import Dispatch
import GRDB
import Metrics
import Synchronization

/// Lets many concurrent writes share one transaction and its fsync (group commit).
///
/// While one commit waits for the disk the next writes gather; together they are the next transaction. Callers that
/// were answered together tend to come back together: a transaction waits a moment for as many as were there before
/// (like PostgreSQL's `commit_delay`), so that it does not leave with the first of them alone. Each write has a savepoint: one that breaks a constraint fails alone. A failure of the database (disk full, a failed fsync) fails
/// the whole transaction, of which then nothing is stored. Callers go on only after COMMIT has returned.
///
/// All work is done on GRDB's writer queue, a thread of its own. A caller that is cancelled while it waits is still
/// stored: the answer is lost, not the row.
final class GroupCommitWriter: Sendable {
    private struct Write: Sendable {
        /// Runs in the transaction; what it returns is called after the commit.
        let apply: @Sendable (Database) throws -> @Sendable () -> Void
        let fail: @Sendable (Problem) -> Void
    }

    private struct State {
        var waiting: [Write] = []
        var isScheduled = false
        var isClosed = false
        var onIdle: [@Sendable () -> Void] = []
        var gathering = Gathering()
        var lastFailure: (reason: String, at: ContinuousClock.Instant)?
    }

    /// What the next transaction waits for.
    private struct Gathering {
        /// Writes that were under way when the last transaction ended.
        var expected = 0
        /// A quarter of the last transaction's time.
        var patience = Duration.zero
        var isAwaited = false
    }

    private static let longestPatience = Duration.milliseconds(1)

    private let pool: DatabasePool
    private let queueLimit: Int
    private let batchLimit: Int
    private let state = Mutex(State())
    private let metrics = StoreMetrics()
    /// Signalled when the awaited number of writes has gathered.
    private let gathered = DispatchSemaphore(value: 0)

    init(pool: DatabasePool, queueLimit: Int, batchLimit: Int) {
        self.pool = pool
        self.queueLimit = queueLimit
        self.batchLimit = batchLimit
    }

    /// Why the last transaction failed; `nil` after one that succeeded.
    var lastFailure: String? { state.withLock { $0.lastFailure?.reason } }

    /// Commits a write that changes nothing when the last failure is older than `age`: what is well again is known to
    /// be without waiting for something to store. It is a real write of one page, since SQLite does not touch the disk
    /// for an empty transaction.
    func recheck(olderThan age: Duration) async {
        guard let failure = state.withLock({ $0.lastFailure }), ContinuousClock.now - failure.at >= age else { return }
        _ = try? await write { db in
            let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            try db.execute(sql: "PRAGMA user_version = \(version)")
        }
    }

    /// Writes that wait for the next transaction.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Runs `body` in a transaction and returns after the commit. `body` may be run in the company of other writes,
    /// in order of arrival.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Problem) -> Value {
        let result: Result<Value, Problem> = await withCheckedContinuation { continuation in
            enqueue(
                Write(
                    apply: { db in
                        let value = try body(db)
                        return { continuation.resume(returning: .success(value)) }
                    },
                    fail: { continuation.resume(returning: .failure($0)) }))
        }
        return try result.get()
    }

    /// Refuses further writes and returns when those that wait are committed.
    func close() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock {
                $0.isClosed = true
                if $0.isScheduled { $0.onIdle.append { continuation.resume() } }
                return !$0.isScheduled
            }
            if isIdle { continuation.resume() }
        }
    }

    /// Throws what a write would be refused with now.
    func refuseIfBusy() throws(Problem) {
        if let problem = state.withLock({ refusal($0) }) { throw problem }
    }

    private func refusal(_ state: State) -> Problem? {
        if state.isClosed { return .unavailable("The data manager is shutting down.") }
        return state.waiting.count < queueLimit ? nil : Self.busy
    }

    private func enqueue(_ write: Write) {
        enum Decision {
            case queued
            case schedule
            case refuse(Problem)
        }
        let decision: Decision = state.withLock {
            if let problem = refusal($0) { return .refuse(problem) }
            $0.waiting.append(write)
            if $0.gathering.isAwaited, $0.waiting.count >= $0.gathering.expected {
                $0.gathering.isAwaited = false
                gathered.signal()
            }
            if $0.isScheduled { return .queued }
            $0.isScheduled = true
            return .schedule
        }
        metrics.queueDepth.set(waitingCount)
        switch decision {
        case .queued: break
        case .schedule: schedule()
        case .refuse(let problem): write.fail(problem)
        }
    }

    private static let busy = Problem.unavailable(
        "More is to be stored than the disk takes; try again.", type: "/problems/store-busy")

    private func schedule() {
        pool.asyncWriteWithoutTransaction { self.commitBatch($0) }
    }

    private func commitBatch(_ db: Database) {
        gather()
        let batch = takeBatch()
        let start = ContinuousClock.now
        do {
            let finish = try commit(batch, db)
            noteSuccess(of: batch.count, in: ContinuousClock.now - start)
            for resume in finish { resume() }
        } catch {
            fail(batch, Problem(error))
        }
        continueOrRest()
    }

    private func takeBatch() -> [Write] {
        let (batch, left) = state.withLock {
            let batch = Array($0.waiting.prefix(batchLimit))
            $0.waiting.removeFirst(batch.count)
            return (batch, $0.waiting.count)
        }
        metrics.queueDepth.set(left)
        return batch
    }

    private func noteSuccess(of count: Int, in duration: Duration) {
        metrics.committed(count, in: duration)
        state.withLock {
            $0.lastFailure = nil
            $0.gathering.expected = min(count + $0.waiting.count, batchLimit)
            $0.gathering.patience = min(duration / 4, Self.longestPatience)
        }
    }

    private func fail(_ batch: [Write], _ problem: Problem) {
        metrics.failures.increment(by: batch.count)
        state.withLock { $0.lastFailure = (problem.detail ?? problem.title, .now) }
        for write in batch { write.fail(problem) }
    }

    /// Waits, for a fraction of what a transaction takes, until as many writes are here as were last time.
    private func gather() {
        let patience: Duration? = state.withLock {
            $0.gathering.isAwaited = $0.waiting.count < $0.gathering.expected
            return $0.gathering.isAwaited ? $0.gathering.patience : nil
        }
        guard let patience else { return }
        let deadline = DispatchTime.now() + .nanoseconds(Int(patience / .nanoseconds(1)))
        guard gathered.wait(timeout: deadline) == .timedOut else { return }
        let isSignalled = state.withLock { state in
            defer { state.gathering.isAwaited = false }
            return !state.gathering.isAwaited
        }
        // Sent after the time was up; it must not be left for the next transaction.
        if isSignalled { gathered.wait() }
    }

    /// One transaction over `batch`; returns what tells each caller how it went.
    private func commit(_ batch: [Write], _ db: Database) throws -> [@Sendable () -> Void] {
        var finish: [@Sendable () -> Void] = []
        finish.reserveCapacity(batch.count)
        try db.inTransaction(.immediate) {
            for write in batch { finish.append(try apply(write, db)) }
            return .commit
        }
        return finish
    }

    private func apply(_ write: Write, _ db: Database) throws -> @Sendable () -> Void {
        var finish: @Sendable () -> Void = {}
        do {
            try db.inSavepoint {
                finish = try write.apply(db)
                return .commit
            }
            return finish
        } catch {
            guard Self.failsAlone(error) else { throw error }
            let problem = Problem(error)
            return { write.fail(problem) }
        }
    }

    /// Whether `error` speaks of this write and not of the database: SQLite rolls whole transactions back after a
    /// full disk, an I/O error or lack of memory (https://www.sqlite.org/lang_transaction.html, section 3.2).
    private static func failsAlone(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return true }
        return [.SQLITE_CONSTRAINT, .SQLITE_TOOBIG, .SQLITE_MISMATCH].contains(error.resultCode)
    }

    private func continueOrRest() {
        enum Next {
            case batch
            case rest([@Sendable () -> Void])
        }
        let next: Next = state.withLock {
            guard $0.waiting.isEmpty else { return .batch }
            $0.isScheduled = false
            return .rest($0.onIdle)
        }
        switch next {
        case .batch: schedule()
        case .rest(let onIdle): for resume in onIdle { resume() }
        }
    }
}
