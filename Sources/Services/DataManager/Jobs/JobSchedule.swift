import AIBoxAPI
import Storage

/// When a job of some kind is to be queued again and again.
struct JobSchedule: Sendable, Equatable {
    /// What to do about a time that has passed while nothing ran.
    enum Misfire: String, Sendable {
        /// Queue one job for all that was missed.
        case runOnce = "run-once"
        /// Wait for the next time.
        case skip
    }

    /// Unique.
    var name: String
    /// See `CronExpression`.
    var cron: String
    /// As `SiteZone` takes it, such as `Europe/Berlin`.
    var timeZone = "UTC"
    var kind: String
    var payload = JSONValue.object([:])
    var misfire = Misfire.skip
    var isEnabled = true
    private(set) var lastRun: Timestamp?
    private(set) var nextRun = Timestamp(milliseconds: 0)

    /// A time that is missed by less than this was not missed. Milliseconds.
    private static let tolerance: Int64 = 60_000
    private static let nameLimit = 128

    init(name: String, cron: String, kind: String) {
        self.name = name
        self.cron = cron
        self.kind = kind
    }

    /// - Throws: `Problem` 422 for a name, expression or time zone that is none.
    func next(after time: Timestamp) throws(Problem) -> Timestamp {
        var rules = FieldRules()
        rules.name(name, limit: Self.nameLimit)
        try rules.finish()
        let zone = try SiteZone(timeZone).zone
        do {
            guard let next = try CronExpression(cron).next(after: time, in: zone) else {
                throw CronError("names a day that does not come")
            }
            return next
        } catch {
            throw .invalid("cron", (error as? CronError)?.message ?? "is none")
        }
    }

    // MARK: Rows

    /// Stores the schedule, or changes the one of that name. When its times stay the same, so does the next one.
    func save(at now: Timestamp, _ db: any SQLSession) throws {
        let stored = try Self.find(name, db)
        let isMoved = stored?.cron != cron || stored?.timeZone != timeZone || stored?.isEnabled != isEnabled
        let next = isMoved ? try next(after: now) : stored?.nextRun ?? now
        let upsert = """
            INSERT INTO job_schedules (name, cron, time_zone, kind, payload, misfire, enabled, next_run)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET cron = excluded.cron, time_zone = excluded.time_zone,
                kind = excluded.kind, payload = excluded.payload, misfire = excluded.misfire,
                enabled = excluded.enabled, next_run = excluded.next_run
            """
        try db.execute(
            upsert,
            [
                name, cron, timeZone, kind, try JSONColumn.text(payload, field: "payload"), misfire.rawValue, isEnabled,
                next,
            ])
    }

    static func find(_ name: String, _ db: any SQLSession) throws -> JobSchedule? {
        try db.row("SELECT * FROM job_schedules WHERE name = ?", [name]).map(JobSchedule.init(row:))
    }

    /// Whether there was one.
    static func delete(_ name: String, _ db: any SQLSession) throws -> Bool {
        try db.update("DELETE FROM job_schedules WHERE name = ?", [name]) > 0
    }

    static let due = "enabled = 1 AND next_run <= ?"

    /// Queues the jobs that are due, and notes when the next ones are, in one transaction: of several instances one
    /// queues a job. Kinds that are none of `kinds` are left to an instance that knows them.
    static func enqueue(
        at now: Timestamp, kinds: [String: JobKind], _ db: any SQLSession
    ) throws -> [Job] {
        let schedules = try db.rows("SELECT * FROM job_schedules WHERE \(due) ORDER BY next_run LIMIT 100", [now])
            .map(JobSchedule.init(row:))
        return try schedules.compactMap { schedule in
            guard let kind = kinds[schedule.kind] else { return nil }
            let isMissed = now.milliseconds - schedule.nextRun.milliseconds > tolerance
            let job = isMissed && schedule.misfire == .skip ? nil : try schedule.enqueue(kind, at: now, db)
            try schedule.advance(hasRun: job != nil, at: now, db)
            return job
        }
    }

    private func enqueue(_ kind: JobKind, at now: Timestamp, _ db: any SQLSession) throws -> Job {
        let job = Job(
            kind: kind.name, payload: payload, maxAttempts: kind.maxAttempts, createdAt: now, updatedAt: now, runAt: now
        )
        return try job.insert(key: "\(name)@\(nextRun)", db)
    }

    /// A schedule that has no next time is disabled.
    private func advance(hasRun: Bool, at now: Timestamp, _ db: any SQLSession) throws {
        let next = try? next(after: now)
        try db.execute(
            "UPDATE job_schedules SET last_run = COALESCE(?, last_run), next_run = ?, enabled = ? WHERE name = ?",
            [hasRun ? now : Timestamp?.none, next ?? nextRun, next != nil, name])
    }

    private init(row: SQLRow) throws {
        guard let misfire = Misfire(rawValue: try row.get("misfire")) else {
            throw StorageError(.damaged, "unknown misfire policy of a schedule")
        }
        self.init(name: try row.get("name"), cron: try row.get("cron"), kind: try row.get("kind"))
        timeZone = try row.get("time_zone")
        payload = try JSONColumn.value(try row.get("payload", as: String.self))
        self.misfire = misfire
        isEnabled = try row.get("enabled")
        lastRun = try row.get("last_run")
        nextRun = try row.get("next_run")
    }
}
