import AIBoxAPI
import Synchronization

/// What a job knows of itself while it runs, and where it tells how far it is.
final class JobContext: Sendable {
    /// Why a job is to end before it is done.
    enum Ending: Sendable {
        /// Somebody asked for it.
        case cancelled
        /// Its lease ran out: another worker may hold it.
        case leaseLost
    }

    let claim: JobQueue.Claim
    private let queue: JobQueue
    private let state = Mutex<Ending?>(nil)

    init(_ claim: JobQueue.Claim, _ queue: JobQueue) {
        self.claim = claim
        self.queue = queue
    }

    var job: Job { claim.job }

    /// Where the attempt before was.
    var checkpoint: JSONValue? { claim.checkpoint }

    var ending: Ending? { state.withLock { $0 } }

    /// Keeps how far the job is, with the results up to here, and renews the lease.
    ///
    /// - Throws: `CancellationError` when the job is to end: what was reported is kept then, unless the lease was lost.
    func report(
        _ progress: JobProgress? = nil, checkpoint: JSONValue? = nil, results: [JSONValue] = []
    ) async throws {
        try await renew(JobQueue.Report(progress: progress, checkpoint: checkpoint, results: results))
        if ending != nil || Task.isCancelled { throw CancellationError() }
    }

    func renew(_ report: JobQueue.Report = JobQueue.Report()) async throws {
        do {
            if try await queue.report(claim, report) { end(.cancelled) }
        } catch is JobQueue.LeaseLost {
            end(.leaseLost)
        }
    }

    private func end(_ ending: Ending) { state.withLock { $0 = $0 ?? ending } }
}
