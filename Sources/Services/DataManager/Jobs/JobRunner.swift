import AIBoxAPI
import Logging
import Synchronization

/// Does the jobs of a queue, several at a time. Others may do so too, in this process and elsewhere.
///
/// When its task is cancelled it cancels what runs, and gives back what does not end by itself: another runner goes on
/// at the last checkpoint.
final class JobRunner: Sendable {
    let queue: JobQueue
    let kinds: [String: JobKind]
    private let workers: Int
    /// How often is asked for jobs that others have queued, or that were to wait.
    private let interval: Duration
    /// How often a lease is renewed.
    private let renewal: Duration
    private let logger: Logger
    private let running = Mutex(0)
    private let signals = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(
        queue: JobQueue, kinds: [JobKind], workers: Int, interval: Duration = .seconds(1),
        renewal: Duration? = nil, logger: Logger
    ) {
        self.queue = queue
        self.kinds = Dictionary(kinds.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.workers = workers
        self.interval = interval
        self.renewal = renewal ?? .seconds(queue.leaseSeconds) / 3
        self.logger = logger
    }

    /// Looks for jobs now.
    func wake() { signals.continuation.yield() }

    /// Until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while (try? await Task.sleep(for: self.interval)) != nil { self.wake() }
            }
            wake()
            for await _ in signals.stream {
                while !Task.isCancelled, running.withLock({ $0 < workers }), let claim = await self.claim() {
                    running.withLock { $0 += 1 }
                    group.addTask { await self.work(claim) }
                }
            }
            group.cancelAll()
        }
    }

    private func claim() async -> JobQueue.Claim? {
        do {
            return try await queue.claim(kinds: kinds.keys.sorted())
        } catch {
            if !(error is CancellationError) {
                logger.warning("jobs cannot be claimed", metadata: ["error": "\(error)"])
            }
            return nil
        }
    }

    private func work(_ claim: JobQueue.Claim) async {
        let context = JobContext(claim, queue)
        if let outcome = await attempt(context) {
            do {
                try await queue.finish(claim, outcome, also: kinds[claim.job.kind]?.ended)
            } catch {
                // Its lease runs out, and another attempt follows.
                logger.warning(
                    "a job could not be ended", metadata: ["job.id": "\(claim.job.id)", "error": "\(error)"])
            }
        }
        running.withLock { $0 -= 1 }
        wake()
    }

    private enum Child: Sendable {
        case performed(JobQueue.Outcome?)
        /// The job is to end.
        case kept
    }

    /// What became of it; `nil`: it is another worker's now.
    private func attempt(_ context: JobContext) async -> JobQueue.Outcome? {
        await withTaskGroup(of: Child.self) { group in
            group.addTask { .performed(await self.perform(context)) }
            group.addTask {
                await self.keep(context)
                return .kept
            }
            for await child in group {
                group.cancelAll()
                if case .performed(let outcome) = child { return outcome }
            }
            return nil
        }
    }

    /// Renews the lease until the job is to end.
    private func keep(_ context: JobContext) async {
        while context.ending == nil, (try? await Task.sleep(for: renewal)) != nil {
            do {
                try await context.renew()
            } catch {
                logger.warning(
                    "a lease could not be renewed", metadata: ["job.id": "\(context.job.id)", "error": "\(error)"])
            }
        }
    }

    private func perform(_ context: JobContext) async -> JobQueue.Outcome? {
        guard let kind = kinds[context.job.kind], !Task.isCancelled else { return .released }
        do {
            return .done(try await kind.run(context))
        } catch {
            switch context.ending {
            case .cancelled: return .cancelled
            case .leaseLost: return nil
            case nil: return Task.isCancelled ? .released : failure(context.job, error)
            }
        }
    }

    /// The reason as whoever asked for the job may read it; the log has the rest.
    private func failure(_ job: Job, _ error: any Error) -> JobQueue.Outcome {
        logger.error(
            "a job failed", metadata: ["job.id": "\(job.id)", "job.kind": "\(job.kind)", "error": "\(error)"])
        let problem = Problem(error)
        return .failed(problem.detail ?? problem.title, isFinal: problem.status < 500)
    }
}
