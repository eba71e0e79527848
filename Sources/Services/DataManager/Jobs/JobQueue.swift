import AIBoxAPI
import Storage

/// The jobs that wait and run. Whoever claims a job holds it by a lease, which must be renewed before it runs out; a job
/// whose holder has died goes to another one, which goes on at the last checkpoint.
///
/// Safe among instances on one database: its writes are serial.
struct JobQueue: Sendable {
    /// A job that was given to a worker.
    struct Claim: Sendable {
        let job: Job
        /// Made for this claim alone: a worker whose lease ran out cannot touch what another one holds since.
        let lease: UUIDv7
        let checkpoint: JSONValue?
    }

    /// What a worker adds to a job that it holds.
    struct Report: Sendable {
        var progress: JobProgress?
        var checkpoint: JSONValue?
        /// Kept in one transaction with the checkpoint: another attempt from there repeats none of them.
        var results: [JSONValue] = []
    }

    /// What is to become of a job that a worker gives back.
    enum Outcome: Sendable {
        case done(JSONValue?)
        /// - Parameter isFinal: whether another attempt cannot do better.
        case failed(String, isFinal: Bool)
        case cancelled
        /// The worker must stop; the attempt does not count.
        case released
    }

    /// Its lease ran out and was taken back, or the job is gone.
    struct LeaseLost: Error {}

    let database: any SQLDatabase
    var clock: @Sendable () -> Timestamp = { .now }
    var leaseSeconds = 60
    var backoff = JobBackoff()
    /// Seconds that an ended job is kept.
    var keptSeconds = 30 * 86_400

    static let resultLimit = 1000
    static let resultByteLimit = 256 << 10
    private static let errorLimit = 2000
    private static let purgeLimit = 200

    /// Takes the most urgent job of these kinds that is due: the highest priority, of those the oldest.
    func claim(kinds: [String]) async throws -> Claim? {
        guard !kinds.isEmpty else { return nil }
        let (now, lease) = (clock(), UUIDv7())
        let places = kinds.map { _ in "?" }.joined(separator: ", ")
        let due = """
            SELECT id FROM jobs WHERE state = 'queued' AND run_at <= ? AND kind IN (\(places))
            ORDER BY priority DESC, id LIMIT 1
            """
        // Readers are many and cost no commit; most of the time there is nothing to do.
        guard try await database.read({ try $0.exists(due, [now] + kinds) }) else { return nil }
        let until = self.until(now)
        return try await database.write { db in
            let claim = """
                UPDATE jobs SET state = 'running', lease = ?, lease_until = ?, attempts = attempts + 1,
                    started_at = COALESCE(started_at, ?), updated_at = ?
                WHERE id = (\(due)) RETURNING *
                """
            guard let row = try db.row(claim, [lease, until, now, now, now] + kinds) else { return nil }
            let checkpoint: String? = try row.get("checkpoint")
            return Claim(
                job: try Job(row: row), lease: lease, checkpoint: try checkpoint.map { try JSONColumn.value($0) })
        }
    }

    /// Renews the lease and keeps what is reported. Returns whether the job is to be cancelled.
    ///
    /// - Throws: `LeaseLost`; `Problem` 422 for more or larger results than may be.
    func report(_ claim: Claim, _ report: Report = Report()) async throws -> Bool {
        let now = clock()
        let until = self.until(now)
        let checkpoint = try report.checkpoint.map { try JSONColumn.text($0, field: "checkpoint") }
        let results = try Self.texts(report.results)
        return try await database.write { db in
            let renew = """
                UPDATE jobs SET lease_until = ?, updated_at = ?, done = COALESCE(?, done), total = COALESCE(?, total),
                    checkpoint = COALESCE(?, checkpoint), results = results + ?
                WHERE id = ? AND lease = ? AND state = 'running' RETURNING cancel_requested, results
                """
            let arguments: [any SQLConvertible] = [
                until, now, report.progress?.done, report.progress?.total, checkpoint, results.count, claim.job.id,
                claim.lease,
            ]
            guard let row = try db.row(renew, arguments) else { throw LeaseLost() }
            let first = try row.get("results", as: Int.self) - results.count + 1
            for (index, value) in results.enumerated() {
                let insert = "INSERT INTO job_results (job_id, sequence, value) VALUES (?, ?, ?)"
                try db.execute(insert, [claim.job.id, first + index, value])
            }
            return try row.get("cancel_requested")
        }
    }

    /// Ends a claim. A job that failed waits for another attempt, unless it had its last one; then there is an alert.
    ///
    /// - Parameter also: runs in the transaction that ends the job for good.
    /// - Throws: `LeaseLost`: what it did counts for nothing.
    func finish(
        _ claim: Claim, _ outcome: Outcome, also: (@Sendable (JobEnding, any SQLSession) throws -> Void)? = nil
    ) async throws {
        let now = clock()
        let (job, lease) = (claim.job, claim.lease)
        let isHeld =
            switch outcome {
            case .done(let result):
                try await end(JobEnding(job: job, state: .done, result: result), lease, at: now, also)
            case .cancelled:
                try await end(JobEnding(job: job, state: .cancelled), lease, at: now, also)
            case .failed(let reason, let isFinal) where isFinal || job.attempts >= job.maxAttempts:
                try await end(JobEnding(job: job, state: .failed, error: Self.shortened(reason)), lease, at: now, also)
            case .failed(let reason, _):
                try await requeue(job.id, lease, error: reason, at: now, in: backoff.delay(after: job.attempts))
            case .released:
                try await requeue(job.id, lease, error: nil, at: now, in: nil)
            }
        if !isHeld { throw LeaseLost() }
    }

    private func end(
        _ ending: JobEnding, _ lease: UUIDv7, at now: Timestamp,
        _ also: (@Sendable (JobEnding, any SQLSession) throws -> Void)?
    ) async throws -> Bool {
        let result = try ending.result.map { try JSONColumn.text($0, field: "result") }
        let update = """
            UPDATE jobs SET state = ?, result = ?, error = ?, lease = NULL, lease_until = NULL, finished_at = ?,
                updated_at = ?
            WHERE id = ? AND lease = ? AND state = 'running'
            """
        let arguments: [any SQLConvertible] = [
            ending.state.rawValue, result, ending.error, now, now, ending.job.id, lease,
        ]
        return try await database.write { db in
            guard try db.update(update, arguments) > 0 else { return false }
            if ending.state == .failed { try Self.alert(ending.job.id, ending.job.kind, ending.error, db) }
            try also?(ending, db)
            return true
        }
    }

    private static func alert(_ id: UUIDv7, _ kind: String, _ reason: String?, _ db: any SQLSession) throws {
        let message = "The job \(kind) failed: \(reason ?? "no reason given")"
        try SystemAlert(kind: .jobFailed, severity: .warning, subject: id.description, message: message).raise(db)
    }

    /// - Parameter delay: milliseconds until the next attempt; `nil`: at once, and this one does not count.
    private func requeue(
        _ id: UUIDv7, _ lease: UUIDv7, error: String?, at now: Timestamp, in delay: Int64?
    ) async throws -> Bool {
        let update = """
            UPDATE jobs SET state = 'queued', error = COALESCE(?, error), lease = NULL, lease_until = NULL, run_at = ?,
                attempts = attempts - ?, updated_at = ?
            WHERE id = ? AND lease = ? AND state = 'running'
            """
        let runAt = Timestamp(milliseconds: now.milliseconds + (delay ?? 0))
        let arguments: [any SQLConvertible] = [
            error.map { Self.shortened($0) }, runAt, delay == nil ? 1 : 0, now, id, lease,
        ]
        return try await database.write { try $0.update(update, arguments) > 0 }
    }

    /// Takes back the jobs of workers that are silent, and forgets those that ended long ago.
    func tidy() async throws {
        let now = clock()
        let old = Timestamp(milliseconds: now.milliseconds - Int64(keptSeconds) * 1000)
        let silent = "SELECT 1 FROM jobs WHERE state = 'running' AND lease_until < ? LIMIT 1"
        let ended = "SELECT 1 FROM jobs WHERE finished_at < ? LIMIT 1"
        let isDue = try await database.read { try $0.exists(silent, [now]) || $0.exists(ended, [old]) }
        guard isDue else { return }
        try await database.write { db in
            try Self.takeBack(at: now, db)
            try Job.purge(endedBefore: old, limit: Self.purgeLimit, db)
        }
    }

    private static func takeBack(at now: Timestamp, _ db: any SQLSession) throws {
        let condition = "state = 'running' AND lease_until < ?"
        let free = "lease = NULL, lease_until = NULL, updated_at = ?"
        try db.execute(
            "UPDATE jobs SET state = 'cancelled', finished_at = ?, \(free) WHERE \(condition) AND cancel_requested = 1",
            [now, now, now])
        let reason = "the worker ended without a word"
        let failed = try db.rows(
            """
            UPDATE jobs SET state = 'failed', error = ?, finished_at = ?, \(free)
            WHERE \(condition) AND attempts >= max_attempts RETURNING id, kind
            """,
            [reason, now, now, now])
        for row in failed { try alert(row.get("id"), row.get("kind"), reason, db) }
        try db.execute(
            "UPDATE jobs SET state = 'queued', error = ?, run_at = ?, \(free) WHERE \(condition)",
            [reason, now, now, now])
    }

    private func until(_ now: Timestamp) -> Timestamp {
        Timestamp(milliseconds: now.milliseconds + Int64(leaseSeconds) * 1000)
    }

    private static func texts(_ results: [JSONValue]) throws(Problem) -> [String] {
        guard results.count <= resultLimit else { throw .invalid("results", "must be at most \(resultLimit) at once") }
        return try results.map { value throws(Problem) in
            let text = try JSONColumn.text(value, field: "results")
            guard text.utf8.count <= resultByteLimit else {
                throw .invalid("results", "must have at most \(resultByteLimit) bytes each")
            }
            return text
        }
    }

    /// Without U+0000, which no column holds.
    private static func shortened(_ text: String) -> String {
        String(text.unicodeScalars.filter { $0.value != 0 }.prefix(errorLimit).map(Character.init))
    }
}

/// How long a job waits after a failure: twice as long each time, and a random part of that, so that jobs which failed
/// together do not come back together (full jitter: Brooker, "Exponential Backoff and Jitter", 2015).
struct JobBackoff: Sendable {
    var firstSeconds = 10.0
    var longestSeconds = 3600.0
    /// 0–1.
    var random: @Sendable () -> Double = { .random(in: 0...1) }

    /// Milliseconds after the attempt of this number, 1 being the first.
    func delay(after attempt: Int) -> Int64 {
        let ceiling = min(longestSeconds, firstSeconds * Double(1 << min(max(attempt - 1, 0), 20)))
        return Int64(max(1, ceiling * random()) * 1000)
    }
}
