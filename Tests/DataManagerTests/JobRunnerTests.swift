import AIBoxAPI
import Foundation
import Synchronization
import Testing

@testable import DataManager

@Suite(.timeLimit(.minutes(2))) struct JobRunnerTests {
    /// What the handlers of a test have seen.
    private final class Notes: Sendable {
        private let texts = Mutex<[String]>([])
        private let changes = AsyncStream.makeStream(of: Void.self)

        var all: [String] { texts.withLock { $0 } }

        func add(_ text: String) {
            texts.withLock { $0.append(text) }
            changes.continuation.yield()
        }

        /// Returns once `condition` holds of all notes; asked whenever there is another one. For one waiter.
        func wait(_ condition: ([String]) -> Bool) async {
            if condition(all) { return }
            for await _ in changes.stream where condition(all) { return }
        }
    }

    /// Runs `body` while the runners run, and stops them.
    private static func running(_ runners: [JobRunner], _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for runner in runners { group.addTask { await runner.run() } }
            try await body()
            group.cancelAll()
        }
    }

    private static func runner(_ queue: JobQueue, workers: Int = 4, _ kind: JobKind) -> JobRunner {
        JobRunner(
            queue: queue, kinds: [kind], workers: workers, interval: .milliseconds(5), renewal: .milliseconds(5),
            logger: .silent)
    }

    /// Reads the job again and again until `condition` holds.
    private static func job(
        _ id: UUIDv7, in queue: JobQueue, _ condition: (Job) -> Bool
    ) async throws -> Job {
        while true {
            let job = try await queue.job(id)
            if condition(job) { return job }
            await Task.yield()
        }
    }

    @Test func twoRunnersNeverDoOneJobAtOnce() async throws {
        try await withJobQueue { queue, _ in
            var ids: [UUIDv7] = []
            for _ in 0..<40 { ids.append(try await queue.add().id) }
            let notes = Notes()
            let active = Mutex<[UUIDv7: Int]>([:])
            let kind = JobKind(name: "test") { context in
                let isAlone = active.withLock {
                    $0[context.job.id, default: 0] += 1
                    return $0[context.job.id] == 1
                }
                notes.add(isAlone ? "once" : "twice")
                try await context.report(JobProgress(done: 1, total: 1))
                return .string(context.job.id.description)
            }
            try await Self.running([Self.runner(queue, kind), Self.runner(queue, kind)]) {
                for id in ids {
                    let job = try await Self.job(id, in: queue) { $0.state.isFinal }
                    #expect(job.state == .done && job.result == .string(id.description) && job.attempts == 1)
                }
            }
            #expect(notes.all == Array(repeating: "once", count: 40))
        }
    }

    @Test func noMoreRunAtOnceThanThereAreWorkers() async throws {
        try await withJobQueue { queue, _ in
            var ids: [UUIDv7] = []
            for _ in 0..<12 { ids.append(try await queue.add().id) }
            let counts = Mutex((now: 0, most: 0))
            let kind = JobKind(name: "test") { context in
                counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                for step in 0..<5 { try await context.report(JobProgress(done: step)) }
                counts.withLock { $0.now -= 1 }
                return nil
            }
            try await Self.running([Self.runner(queue, workers: 3, kind)]) {
                for id in ids { _ = try await Self.job(id, in: queue) { $0.state == .done } }
            }
            #expect(counts.withLock { $0.most } <= 3)
        }
    }

    @Test func aJobThatFailsIsTriedAgainAndProblemsOfItsOwnAreFinal() async throws {
        try await withJobQueue { queue, clock in
            let (often, never) = (try await queue.add(maxAttempts: 2), try await queue.add("final"))
            let fails = JobKind(name: "test") { _ in throw CocoaError(.fileNoSuchFile) }
            let refuses = JobKind(name: "final") { _ in throw Problem.invalid("payload", "is none") }
            let runner = JobRunner(
                queue: queue, kinds: [fails, refuses], workers: 2, interval: .milliseconds(5), logger: .silent)
            try await Self.running([runner]) {
                let refused = try await Self.job(never.id, in: queue) { $0.state == .failed }
                #expect(refused.error == "payload: is none" && refused.attempts == 1)
                _ = try await Self.job(often.id, in: queue) {
                    $0.state == .queued && $0.attempts == 1 && $0.error != nil
                }
                clock.advance(10)
                let failed = try await Self.job(often.id, in: queue) { $0.state == .failed }
                #expect(failed.attempts == 2 && failed.error == "The data manager failed.", "no inner text")
            }
        }
    }

    /// Counts to ten and, the first time, waits at five until it is told to end.
    private static func counting(_ notes: Notes) -> JobKind {
        JobKind(name: "test") { context in
            var number = 0
            if case .integer(let last) = context.checkpoint { number = Int(last) }
            notes.add("from \(number)")
            while number < 10 {
                if number == 5, context.checkpoint == nil {
                    notes.add("waits")
                    while true { try await context.report() }
                }
                number += 1
                try await context.report(
                    JobProgress(done: number, total: 10), checkpoint: .integer(Int64(number)),
                    results: [.integer(Int64(number))])
            }
            return nil
        }
    }

    @Test func aRunnerThatStopsGivesItsJobBackAndAnotherOneGoesOn() async throws {
        try await withJobQueue { queue, _ in
            let (job, notes) = (try await queue.add(maxAttempts: 1), Notes())
            try await Self.running([Self.runner(queue, Self.counting(notes))]) {
                await notes.wait { $0.contains("waits") }
            }
            let released = try await queue.job(job.id)
            #expect(released.state == .queued && released.progress == JobProgress(done: 5, total: 10))
            try await Self.running([Self.runner(queue, Self.counting(notes))]) {
                let done = try await Self.job(job.id, in: queue) { $0.state == .done }
                #expect(done.progress == JobProgress(done: 10, total: 10) && done.attempts == 1)
            }
            #expect(notes.all == ["from 0", "waits", "from 5"])
            #expect(try await queue.results(job.id) == (1...10).map { .integer(Int64($0)) })
        }
    }

    @Test func aRunningJobIsCancelled() async throws {
        try await withJobQueue { queue, clock in
            let (job, notes) = (try await queue.add(), Notes())
            try await Self.running([Self.runner(queue, Self.counting(notes))]) {
                await notes.wait { $0.contains("waits") }
                _ = try await queue.database.write { try Job.cancel(job.id, at: clock.time, $0) }
                let cancelled = try await Self.job(job.id, in: queue) { $0.state.isFinal }
                #expect(cancelled.state == .cancelled && cancelled.progress.done == 5)
            }
        }
    }

    /// A handler that looks at nothing but its task.
    @Test func aJobThatReportsNothingIsCancelledToo() async throws {
        try await withJobQueue { queue, clock in
            let (job, notes) = (try await queue.add(), Notes())
            let kind = JobKind(name: "test") { _ in
                notes.add("runs")
                for await _ in AsyncStream<Void>(unfolding: { await Task.yield() }) where Task.isCancelled { break }
                throw CancellationError()
            }
            try await Self.running([Self.runner(queue, kind)]) {
                await notes.wait { $0 == ["runs"] }
                _ = try await queue.database.write { try Job.cancel(job.id, at: clock.time, $0) }
                #expect(try await Self.job(job.id, in: queue) { $0.state.isFinal }.state == .cancelled)
            }
        }
    }

    /// Killed in the middle: its lease runs out while it still believes in it.
    @Test func aRunnerWhoseLeaseRanOutDoesNoHarm() async throws {
        try await withJobQueue { queue, clock in
            let (job, notes) = (try await queue.add(), Notes())
            let (resumed, resume) = AsyncStream.makeStream(of: Void.self)
            let slow = JobKind(name: "test") { context in
                try await context.report(checkpoint: .integer(1), results: [.string("first")])
                notes.add("stuck")
                for await _ in resumed {}
                try await context.report(checkpoint: .integer(2), results: [.string("late")])
                return .string("late")
            }
            // It renews nothing by itself.
            let stuck = JobRunner(
                queue: queue, kinds: [slow], workers: 1, interval: .milliseconds(5), renewal: .seconds(3600),
                logger: .silent)
            let quick = JobKind(name: "test") { context in
                notes.add("quick at \(context.checkpoint == .integer(1))")
                try await context.report(results: [.string("second")])
                return .string("quick")
            }
            try await Self.running([stuck]) {
                await notes.wait { $0 == ["stuck"] }
                clock.advance(61)
                try await queue.tidy()
                // The first one's only worker is busy.
                try await Self.running([Self.runner(queue, quick)]) {
                    _ = try await Self.job(job.id, in: queue) { $0.state == .done }
                }
                resume.finish()
            }
            let done = try await queue.job(job.id)
            #expect(done.result == .string("quick") && notes.all == ["stuck", "quick at true"])
            #expect(try await queue.results(job.id) == [.string("first"), .string("second")])
        }
    }

    @Test func theDatabaseIsCheckedAsAJob() async throws {
        let folder = try TestFolder()
        let manager = try await DataManager(folder)
        let job = try await manager.createJob(Job(kind: "db-check"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await manager.run() }
            while try await manager.job(job.id)?.state != .done { await Task.yield() }
            let done = try #require(try await manager.job(job.id))
            #expect(
                done.result == .object(["findings": .integer(0)]) && done.progress == JobProgress(done: 1, total: 1))
            #expect(try await manager.results(ofJob: job.id, JobResultQuery())?.items.isEmpty == true)
            group.cancelAll()
        }
    }
}
