import Dispatch
import Metrics
import Synchronization

/// Where `GroupCommit` runs and commits: the writing connection of a database.
protocol CommitTarget: Sendable {
    /// Runs `work` on the thread that writes. Work that is scheduled while other work runs comes after it.
    func schedule(_ work: @escaping @Sendable () -> Void)

    /// Commits `writes` in one transaction, called on that thread. A write that fails alone says so in its place, and
    /// the others are committed.
    ///
    /// - Returns: for each write what to call after the commit, or why it alone was not stored.
    /// - Throws: when nothing of the batch is stored.
    func commit(
        _ writes: [@Sendable (any SQLSession) throws -> @Sendable () -> Void]
    ) throws(StorageError) -> [Result<@Sendable () -> Void, any Error>]
}

/// Lets many concurrent writes share one transaction and its fsync (group commit).
///
/// While one commit waits for the disk the next writes gather; together they are the next transaction. Callers that
/// were answered together tend to come back together: a transaction waits a moment for as many as were there before
/// (like PostgreSQL's `commit_delay`), so that it does not leave with the first of them alone. A write that breaks a
/// constraint fails alone. A failure of the database (disk full, a failed fsync, a broken connection) fails the whole
/// transaction, of which then nothing is stored. Callers go on only after COMMIT has returned.
///
/// A caller that is cancelled while it waits is still stored: the answer is lost, not the row.
final class GroupCommit: Sendable {
    private struct Write: Sendable {
        /// Runs in the transaction; what it returns is called after the commit.
        let apply: @Sendable (any SQLSession) throws -> @Sendable () -> Void
        let fail: @Sendable (any Error) -> Void
    }

    private struct State {
        var waiting: [Write] = []
        var isScheduled = false
        var isClosed = false
        var onIdle: [@Sendable () -> Void] = []
        var gathering = Gathering()
        var lastFailure: (error: StorageError, at: ContinuousClock.Instant)?
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

    private let target: any CommitTarget
    private let queueLimit: Int
    private let batchLimit: Int
    private let state = Mutex(State())
    private let metrics = RelationalMetrics()
    /// Signalled when the awaited number of writes has gathered.
    private let gathered = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - queueLimit: writes that may wait for a transaction; one beyond it is refused as `.busy`.
    ///   - batchLimit: writes that share one transaction at most.
    init(target: any CommitTarget, queueLimit: Int, batchLimit: Int) {
        self.target = target
        self.queueLimit = queueLimit
        self.batchLimit = batchLimit
    }

    /// Why and when the last transaction failed; `nil` after one that succeeded.
    var lastFailure: (error: StorageError, at: ContinuousClock.Instant)? { state.withLock { $0.lastFailure } }

    /// Writes that wait for the next transaction.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Runs `body` in a transaction and returns after the commit.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            enqueue(
                Write(
                    apply: { session in
                        let value = try body(session)
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
    func refuseIfBusy() throws(StorageError) {
        if let error = state.withLock({ refusal($0) }) { throw error }
    }

    private func refusal(_ state: State) -> StorageError? {
        if state.isClosed { return StorageError(.closed, "the database is closed") }
        return state.waiting.count < queueLimit ? nil : Self.busy
    }

    private static let busy = StorageError(.busy, "more is to be stored than the disk takes")

    private func enqueue(_ write: Write) {
        enum Decision {
            case queued
            case schedule
            case refuse(StorageError)
        }
        let decision: Decision = state.withLock {
            if let error = refusal($0) { return .refuse(error) }
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
        case .refuse(let error): write.fail(error)
        }
    }

    private func schedule() {
        target.schedule { self.commitBatch() }
    }

    private func commitBatch() {
        gather()
        let batch = takeBatch()
        let start = ContinuousClock.now
        do throws(StorageError) {
            let results = try target.commit(batch.map(\.apply))
            noteSuccess(of: batch.count, in: ContinuousClock.now - start)
            for (write, result) in zip(batch, results) {
                switch result {
                case .success(let resume): resume()
                case .failure(let error): write.fail(error)
                }
            }
        } catch {
            fail(batch, error)
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

    private func fail(_ batch: [Write], _ error: StorageError) {
        metrics.failures.increment(by: batch.count)
        state.withLock { $0.lastFailure = (error, .now) }
        for write in batch { write.fail(error) }
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
