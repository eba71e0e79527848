import AIBoxAPI
import ServiceClients
import Storage

extension DataManager {
    public func createJob(_ job: Job) async throws -> Job {
        let kind = try FieldRules.kind(of: job, in: jobs.kinds)
        let now = clock()
        let new = Job(
            id: job.id, kind: kind.name, payload: job.payload, priority: job.priority, maxAttempts: kind.maxAttempts,
            createdBy: job.createdBy, createdAt: now, updatedAt: now, runAt: now)
        return try await enqueue(new)
    }

    /// - Parameter key: what the work is about, when it is to be done once: a second job of that key is the first one.
    func enqueue(_ job: Job, key: String? = nil) async throws -> Job {
        let stored = try await write { try job.insert(key: key, $0) }
        jobs.wake()
        return stored
    }

    public func job(_ id: UUIDv7) async throws -> Job? {
        try await read { try Job.find(id, $0) }
    }

    public func jobs(_ query: JobQuery) async throws -> Page<Job> {
        try FieldRules.check(query)
        let before = try query.cursor.map(PageCursor.id(in:))
        return try await read { try Job.page(query, before: before, $0) }
    }

    public func results(ofJob id: UUIDv7, _ query: JobResultQuery) async throws -> Page<JobResult>? {
        try FieldRules.check(limit: query.limit, in: 1...500)
        let last = try query.cursor.map(SequenceCursor.sequence(in:)) ?? 0
        return try await read { try Job.results(of: id, after: last, limit: query.limit, $0) }
    }

    public func cancelJob(_ id: UUIDv7) async throws -> Job? {
        let now = clock()
        return try await write { try Job.cancel(id, at: now, $0) }
    }

    // MARK: Schedules

    func enqueueScheduledJobs() async throws {
        let (now, kinds) = (clock(), jobs.kinds)
        let due = "SELECT 1 FROM job_schedules WHERE \(JobSchedule.due) LIMIT 1"
        let isDue = try await read { try $0.exists(due, [now]) }
        guard isDue else { return }
        let queued = try await write { try JobSchedule.enqueue(at: now, kinds: kinds, $0) }
        if !queued.isEmpty { jobs.wake() }
    }
}

extension FieldRules {
    static let jobKindLimit = 64
    static let priorityRange = -100...100

    /// The kind that the job is asked for as.
    ///
    /// - Throws: `Problem` 422 naming the kinds that can be asked for.
    fileprivate static func kind(of job: Job, in kinds: [String: JobKind]) throws(Problem) -> JobKind {
        var rules = FieldRules()
        rules.metadata(["payload": job.payload], field: "payload")
        let range = priorityRange
        rules.require(
            range.contains(job.priority), "priority", "must be \(range.lowerBound) to \(range.upperBound)")
        guard let kind = kinds[job.kind], kind.isRequestable else {
            let names = kinds.values.filter(\.isRequestable).map(\.name).sorted().joined(separator: ", ")
            rules.require(false, "kind", "must be one of \(names)")
            throw .invalid(rules.errors)
        }
        try rules.finish()
        try kind.check(job.payload)
        return kind
    }

    fileprivate static func check(_ query: JobQuery) throws(Problem) {
        var rules = FieldRules()
        rules.text("kind", query.kind, limit: jobKindLimit)
        rules.require((1...500).contains(query.limit), "limit", "must be 1 to 500")
        try rules.finish()
    }
}
