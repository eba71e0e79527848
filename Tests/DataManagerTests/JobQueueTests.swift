import AIBoxAPI
import Foundation
import Storage
import Testing

@testable import DataManager

/// Runs `body` with a queue on a new database, on each kind of database in turn.
func withJobQueue(_ body: (JobQueue, ManualClock) async throws -> Void) async throws {
    for rows in TestRows.here {
        let clock = ManualClock()
        try await withDataManager(on: rows, at: clock) { manager in
            var queue = JobQueue(database: manager.database, clock: { clock.time })
            queue.backoff.random = { 1 }
            try await body(queue, clock)
        }
    }
}

extension JobQueue {
    /// Queues a job as it is.
    func add(
        _ kind: String = "test", priority: Int = 0, maxAttempts: Int = 3, key: String? = nil, inSeconds: Int64 = 0
    ) async throws -> Job {
        let now = clock()
        let runAt = Timestamp(milliseconds: now.milliseconds + inSeconds * 1000)
        let job = Job(
            kind: kind, priority: priority, maxAttempts: maxAttempts, createdAt: now, updatedAt: now, runAt: runAt)
        return try await database.write { try job.insert(key: key, $0) }
    }

    func job(_ id: UUIDv7) async throws -> Job {
        try #require(try await database.read { try Job.find(id, $0) })
    }

    func results(_ id: UUIDv7) async throws -> [JSONValue] {
        let page = try await database.read { try Job.results(of: id, after: 0, limit: 500, $0) }
        return page?.items.map(\.value) ?? []
    }
}

@Suite struct JobQueueTests {
    @Test func theMostUrgentComesFirstAndOfThoseTheOldest() async throws {
        try await withJobQueue { queue, clock in
            let (low, high, other) = (
                try await queue.add(priority: -1), try await queue.add(priority: 5),
                try await queue.add("other", priority: 9)
            )
            let (first, second) = (try await queue.add(), try await queue.add())
            let later = try await queue.add(priority: 9, inSeconds: 60)
            var order: [UUIDv7] = []
            while let claim = try await queue.claim(kinds: ["test", "more"]) { order.append(claim.job.id) }
            #expect(order == [high.id, first.id, second.id, low.id])
            clock.advance(60)
            #expect(try await queue.claim(kinds: ["test"])?.job.id == later.id)
            #expect(try await queue.claim(kinds: []) == nil)
            #expect(try await queue.claim(kinds: ["other"])?.job.id == other.id)
        }
    }

    @Test func ofManyClaimsOneGetsAJob() async throws {
        try await withJobQueue { queue, _ in
            for _ in 0..<30 { _ = try await queue.add() }
            let claimed = try await withThrowingTaskGroup(of: [UUIDv7].self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        var ids: [UUIDv7] = []
                        while let claim = try await queue.claim(kinds: ["test"]) { ids.append(claim.job.id) }
                        return ids
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == 30 && Set(claimed).count == 30)
        }
    }

    @Test func twoJobsOfOneKeyAreOne() async throws {
        try await withJobQueue { queue, _ in
            let first = try await queue.add(key: "a")
            #expect(try await queue.add(key: "a").id == first.id)
            #expect(try await queue.add(key: "b").id != first.id)
            let claim = try #require(try await queue.claim(kinds: ["test"]))
            try await queue.finish(claim, .done(nil))
            #expect(try await queue.add(key: "a").state == .done, "even when it has ended")
        }
    }

    @Test func aFailureWaitsTwiceAsLongEachTimeAndTheLastOneIsFinal() async throws {
        try await withJobQueue { queue, clock in
            let job = try await queue.add(maxAttempts: 4)
            for (attempt, seconds) in [(1, 10.0), (2, 20), (3, 40)] {
                let claim = try #require(try await queue.claim(kinds: ["test"]))
                #expect(claim.job.attempts == attempt)
                try await queue.finish(claim, .failed("reason\u{0} \(attempt)", isFinal: false))
                let failed = try await queue.job(job.id)
                #expect(failed.state == .queued && failed.error == "reason \(attempt)" && failed.finishedAt == nil)
                clock.advance(seconds - 0.001)
                #expect(try await queue.claim(kinds: ["test"]) == nil)
                clock.advance(0.001)
            }
            let last = try #require(try await queue.claim(kinds: ["test"]))
            try await queue.finish(last, .failed(String(repeating: "x", count: 9999), isFinal: false))
            let failed = try await queue.job(job.id)
            #expect(failed.state == .failed && failed.error?.count == 2000 && failed.finishedAt == clock.time)
            #expect(try await queue.claim(kinds: ["test"]) == nil)
        }
    }

    @Test func backOffIsRandomBelowABoundThatDoublesUpToALongest() {
        let (least, most) = (JobBackoff(random: { 0 }), JobBackoff(random: { 1 }))
        #expect(
            (1...12).map { most.delay(after: $0) / 1000 } == [
                10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600,
            ])
        #expect(most.delay(after: .max) == 3_600_000 && most.delay(after: 0) == 10_000)
        #expect(least.delay(after: 5) == 1000, "not at once")
    }

    @Test func whatCannotSucceedIsNotTriedAgain() async throws {
        try await withJobQueue { queue, _ in
            let job = try await queue.add()
            try await queue.finish(try #require(try await queue.claim(kinds: ["test"])), .failed("no", isFinal: true))
            #expect(try await queue.job(job.id).state == .failed)
        }
    }

    /// A worker that was killed: nobody renews its lease.
    @Test func anotherWorkerGoesOnAtTheLastCheckpoint() async throws {
        try await withJobQueue { queue, clock in
            let job = try await queue.add()
            let dead = try #require(try await queue.claim(kinds: ["test"]))
            #expect(dead.checkpoint == nil)
            let report = JobQueue.Report(
                progress: JobProgress(done: 2, total: 9), checkpoint: .integer(2),
                results: [.string("a"), .string("b")])
            clock.advance(59)
            #expect(try await queue.report(dead, report) == false)
            clock.advance(60)
            try await queue.tidy()
            #expect(try await queue.job(job.id).state == .running, "its lease was renewed")
            clock.advance(0.001)
            try await queue.tidy()
            let free = try await queue.job(job.id)
            #expect(free.state == .queued && free.error == "the worker ended without a word")
            #expect(free.progress == JobProgress(done: 2, total: 9))

            let next = try #require(try await queue.claim(kinds: ["test"]))
            #expect(next.checkpoint == .integer(2) && next.job.attempts == 2)
            // The dead one was only slow.
            await #expect(throws: JobQueue.LeaseLost.self) { try await queue.report(dead, report) }
            await #expect(throws: JobQueue.LeaseLost.self) { try await queue.finish(dead, .done(nil)) }
            #expect(try await queue.report(next, JobQueue.Report(results: [.string("c")])) == false)
            try await queue.finish(next, .done(.object(["n": .integer(3)])))
            let done = try await queue.job(job.id)
            #expect(done.state == .done && done.result == .object(["n": .integer(3)]) && done.error == nil)
            #expect(try await queue.results(job.id) == [.string("a"), .string("b"), .string("c")], "none twice")
        }
    }

    @Test func aJobThatKillsItsWorkersFailsInTheEnd() async throws {
        try await withJobQueue { queue, clock in
            let job = try await queue.add(maxAttempts: 2)
            for _ in 0..<2 {
                #expect(try await queue.claim(kinds: ["test"]) != nil)
                clock.advance(61)
                try await queue.tidy()
            }
            #expect(try await queue.job(job.id).state == .failed)
        }
    }

    @Test func aJobThatIsGivenBackHasLostNoAttempt() async throws {
        try await withJobQueue { queue, _ in
            let job = try await queue.add(maxAttempts: 1)
            for _ in 0..<3 {
                let claim = try #require(try await queue.claim(kinds: ["test"]))
                #expect(claim.job.attempts == 1)
                try await queue.finish(claim, .released)
            }
            #expect(try await queue.job(job.id).attempts == 0)
        }
    }

    @Test func cancellingReachesAWorkerWithItsNextReport() async throws {
        try await withJobQueue { queue, clock in
            let (first, second) = (try await queue.add(), try await queue.add())
            let claim = try #require(try await queue.claim(kinds: ["test"]))
            let asked = try await queue.database.write { try Job.cancel(first.id, at: clock.time, $0) }
            #expect(asked?.state == .running && asked?.cancelRequested == true)
            #expect(try await queue.report(claim))
            try await queue.finish(claim, .cancelled)
            #expect(try await queue.job(first.id).state == .cancelled)
            // A worker that dies before it sees it.
            #expect(try await queue.claim(kinds: ["test"])?.job.id == second.id)
            _ = try await queue.database.write { try Job.cancel(second.id, at: clock.time, $0) }
            clock.advance(61)
            try await queue.tidy()
            #expect(try await queue.job(second.id).state == .cancelled)
            let done = try await queue.add()
            try await queue.finish(try #require(try await queue.claim(kinds: ["test"])), .done(nil))
            let refusal = await problem {
                _ = try await queue.database.write { try Job.cancel(done.id, at: clock.time, $0) }
            }
            #expect(refusal?.status == 409)
        }
    }

    @Test func resultsComeInPagesWhileTheyGrow() async throws {
        try await withJobQueue { queue, _ in
            let job = try await queue.add()
            let claim = try #require(try await queue.claim(kinds: ["test"]))
            var (expected, seen, last): ([JSONValue], [JSONValue], Int) = ([], [], 0)
            for round in 0..<20 {
                let more = (0..<round % 4).map { JSONValue.integer(Int64(round * 10 + $0)) }
                _ = try await queue.report(claim, JobQueue.Report(results: more))
                expected += more
                if round == 19 { try await queue.finish(claim, .done(nil)) }
                let page = try await queue.database.read { [last] in
                    try Job.results(of: job.id, after: last, limit: 2, $0)
                }
                seen += try #require(page).items.map(\.value)
                last = try page?.nextCursor.map(SequenceCursor.sequence(in:)) ?? last
            }
            while true {
                let page = try await queue.database.read { [last] in
                    try Job.results(of: job.id, after: last, limit: 2, $0)
                }
                seen += try #require(page).items.map(\.value)
                guard let cursor = page?.nextCursor else { break }
                last = try SequenceCursor.sequence(in: cursor)
            }
            #expect(seen == expected)
            for results in [
                Array(repeating: JSONValue.null, count: 1001), [.string(String(repeating: "x", count: 1 << 18))],
            ] {
                let refusal = await problem { _ = try await queue.report(claim, JobQueue.Report(results: results)) }
                #expect(refusal?.errors?.map(\.field) == ["results"])
            }
        }
    }

    @Test func jobsThatEndedLongAgoGoWithTheirResults() async throws {
        try await withJobQueue { queue, clock in
            let (old, running) = (try await queue.add(), try await queue.add())
            let claim = try #require(try await queue.claim(kinds: ["test"]))
            _ = try await queue.report(claim, JobQueue.Report(results: [.null]))
            try await queue.finish(claim, .done(nil))
            clock.advance(30 * 86_400)
            try await queue.tidy()
            #expect(try await queue.job(old.id).state == .done)
            clock.advance(1)
            try await queue.tidy()
            let rows: Int? = try await queue.database.read { try $0.value("SELECT count(*) FROM job_results") }
            #expect(rows == 0)
            #expect(try await queue.database.read { try Job.find(old.id, $0) } == nil)
            #expect(try await queue.job(running.id).state == .queued)
        }
    }
}
