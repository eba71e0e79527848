import AIBoxAPI
import Storage

extension Job {
    /// Queues the job, unless it or one with the same key is there already; returns the one that is there then.
    ///
    /// - Parameter key: what the work is about, when it is to be done once.
    func insert(key: String? = nil, _ db: any SQLSession) throws -> Job {
        if let stored = try Self.find(id, db) { return stored }
        let keyed = "SELECT * FROM jobs WHERE unique_key = ?"
        if let key, let row = try db.row(keyed, [key]) { return try Job(row: row) }
        let insert = """
            INSERT INTO jobs (
                id, kind, state, payload, done, results, priority, attempts, max_attempts, cancel_requested, unique_key,
                run_at, created_by, created_at, updated_at)
            VALUES (?, ?, 'queued', ?, 0, 0, ?, 0, ?, 0, ?, ?, ?, ?, ?)
            """
        try db.execute(
            insert,
            [
                id, kind, try JSONColumn.text(payload, field: "payload"), priority, maxAttempts, key, runAt, createdBy,
                createdAt, updatedAt,
            ])
        return self
    }

    static func find(_ id: UUIDv7, _ db: any SQLSession) throws -> Job? {
        try db.row("SELECT * FROM jobs WHERE id = ?", [id]).map(Job.init(row:))
    }

    /// Newest first; `before` is the last one of the page before.
    static func page(_ query: JobQuery, before: UUIDv7?, _ db: any SQLSession) throws -> Page<Job> {
        var filter = RowFilter()
        filter.add("state = ?", query.state?.rawValue)
        filter.add("kind = ?", query.kind)
        return try filter.page(of: "jobs", before: before, limit: query.limit, db, Job.init(row:), id: \.id)
    }

    /// - Throws: `Problem` 409 for a job that is done or has failed.
    static func cancel(_ id: UUIDv7, at now: Timestamp, _ db: any SQLSession) throws -> Job? {
        let waiting = """
            UPDATE jobs SET state = 'cancelled', cancel_requested = 1, finished_at = ?, updated_at = ?
            WHERE id = ? AND state = 'queued'
            """
        try db.execute(waiting, [now, now, id])
        let running = "UPDATE jobs SET cancel_requested = 1, updated_at = ? WHERE id = ? AND state = 'running'"
        try db.execute(running, [now, id])
        guard let job = try find(id, db) else { return nil }
        guard job.state != .done, job.state != .failed else {
            throw Problem(409, "Conflict", detail: "The job has ended already: it is \(job.state.rawValue).")
        }
        return job
    }

    /// In order; `nil`: no such job.
    static func results(
        of id: UUIDv7, after last: Int, limit: Int, _ db: any SQLSession
    ) throws -> Page<JobResult>? {
        guard let job = try find(id, db) else { return nil }
        let select = """
            SELECT sequence, value FROM job_results WHERE job_id = ? AND sequence > ? ORDER BY sequence LIMIT ?
            """
        let results = try db.rows(select, [id, last, limit + 1]).map { row in
            JobResult(
                sequence: try row.get("sequence"), value: try JSONColumn.value(try row.get("value", as: String.self)))
        }
        var page = Page(upTo: limit, of: results) { SequenceCursor.text($0.sequence) }
        if !job.state.isFinal, page.nextCursor == nil {
            page.nextCursor = SequenceCursor.text(page.items.last?.sequence ?? last)
        }
        return page
    }

    /// Deletes jobs that ended before `time`, with their results; at most `limit`.
    static func purge(endedBefore time: Timestamp, limit: Int, _ db: any SQLSession) throws {
        let old = "SELECT id FROM jobs WHERE finished_at < ? ORDER BY finished_at LIMIT \(limit)"
        try db.execute("DELETE FROM jobs WHERE id IN (\(old))", [time])
    }

    init(row: SQLRow) throws {
        guard let state = JobState(rawValue: try row.get("state")) else {
            throw StorageError(.damaged, "unknown state of a job")
        }
        let result: String? = try row.get("result")
        self.init(
            id: try row.get("id"), kind: try row.get("kind"), state: state,
            progress: JobProgress(done: try row.get("done"), total: try row.get("total")),
            payload: try JSONColumn.value(try row.get("payload", as: String.self)),
            result: try result.map { try JSONColumn.value($0) }, error: try row.get("error"),
            priority: try row.get("priority"), attempts: try row.get("attempts"),
            maxAttempts: try row.get("max_attempts"), cancelRequested: try row.get("cancel_requested"),
            createdBy: try row.get("created_by"), createdAt: try row.get("created_at"),
            updatedAt: try row.get("updated_at"), runAt: try row.get("run_at"), startedAt: try row.get("started_at"),
            finishedAt: try row.get("finished_at"))
    }
}

/// The place between two pages of results.
enum SequenceCursor {
    static func text(_ sequence: Int) -> String { "r\(sequence)" }

    /// Throws 422 for anything that `text` has not made.
    static func sequence(in cursor: String) throws(Problem) -> Int {
        guard cursor.first == "r", let value = Int(cursor.dropFirst()), value >= 0, text(value) == cursor else {
            throw .invalid("cursor", "is not one that this service has given out for this list")
        }
        return value
    }
}
