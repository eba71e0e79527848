import AIBoxAPI

/// Work that goes on after the call that asked for it.
extension AIBoxClient {
    /// One page of jobs, newest first.
    public func jobs(_ query: JobQuery = JobQuery()) async throws -> Page<Job> {
        var call = Call(.GET, "/jobs")
        let values: [(String, String?)] = [
            ("state", query.state?.rawValue), ("kind", query.kind), ("limit", "\(query.limit)"),
            ("cursor", query.cursor),
        ]
        call.query = values.compactMap { name, value in value.map { (name, $0) } }
        return try decode(try await send(call))
    }

    public func job(_ id: UUIDv7) async throws -> Job {
        try decode(try await send(Call(.GET, "/jobs/\(id)")))
    }

    /// Queues a job. Throws `Problem` 422 for a kind that cannot be asked for.
    public func createJob(_ job: NewJob) async throws -> Job {
        try decode(try await send(try Call(.POST, "/jobs", json: job)))
    }

    /// One page of what a job has found, in order. While the job goes on, the last page has a cursor too.
    public func jobResults(
        _ id: UUIDv7, _ query: JobResultQuery = JobResultQuery()
    ) async throws -> Page<JobResult> {
        var call = Call(.GET, "/jobs/\(id)/results")
        call.query = [("limit", "\(query.limit)")]
        if let cursor = query.cursor { call.query.append(("cursor", cursor)) }
        return try decode(try await send(call))
    }

    /// Cancels a job that waits, and asks one that runs to end. Throws `Problem` 409 when it has ended.
    @discardableResult
    public func cancelJob(_ id: UUIDv7) async throws -> Job {
        try decode(try await send(Call(.DELETE, "/jobs/\(id)")))
    }
}
