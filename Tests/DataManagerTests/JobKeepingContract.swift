import AIBoxAPI
import ServiceClients
import Testing

/// What every implementation of `JobKeeping` must do, beginning without jobs, while no job is run.
func verifyJobKeeping(_ manager: any JobKeeping) async throws {
    let user = UUIDv7()
    let job = Job(kind: "db-check", priority: 3, maxAttempts: 99, createdBy: user)
    #expect(try await manager.job(job.id) == nil)
    let queued = try await manager.createJob(job)
    #expect(queued.id == job.id && queued.kind == "db-check" && queued.state == .queued && queued.createdBy == user)
    #expect(queued.priority == 3 && queued.attempts == 0 && queued.maxAttempts == 3, "the kind says how often")
    #expect(queued.progress == JobProgress() && queued.result == nil && queued.error == nil)
    #expect(try await manager.createJob(job) == queued, "a retry after a lost answer")
    #expect(try await manager.job(job.id) == queued)
    for (job, field) in [
        (Job(kind: "x"), "kind"), (Job(kind: "db-check", priority: 101), "priority"),
        (Job(kind: "db-check", payload: .string("x")), "payload"),
    ] {
        let refusal = await problem { _ = try await manager.createJob(job) }
        #expect(refusal?.errors?.map(\.field) == [field])
        #expect(try await manager.job(job.id) == nil)
    }

    #expect(try await manager.results(ofJob: UUIDv7(), JobResultQuery()) == nil)
    let results = try #require(try await manager.results(ofJob: job.id, JobResultQuery()))
    #expect(results.items.isEmpty && results.nextCursor != nil, "there may be some later")
    #expect(try await manager.cancelJob(UUIDv7()) == nil)
    let cancelled = try #require(try await manager.cancelJob(job.id))
    #expect(cancelled.state == .cancelled && cancelled.finishedAt != nil && cancelled.cancelRequested)
    #expect(try await manager.cancelJob(job.id) == cancelled, "a retry after a lost answer")
    #expect(try await manager.results(ofJob: job.id, JobResultQuery())?.nextCursor == nil)
    try await verifyJobPages(manager, cancelled)
}

private func verifyJobPages(_ manager: any JobKeeping, _ cancelled: Job) async throws {
    var jobs: [UUIDv7] = []
    for _ in 0..<5 { jobs.append(try await manager.createJob(Job(kind: "db-check")).id) }
    var (query, seen) = (JobQuery(), [UUIDv7]())
    (query.limit, query.state) = (2, .queued)
    repeat {
        let page = try await manager.jobs(query)
        seen += page.items.map(\.id)
        query.cursor = page.nextCursor
        _ = try await manager.createJob(Job(kind: "db-check"))
    } while query.cursor != nil
    #expect(seen == jobs.reversed(), "what is added in between is not seen")
    query = JobQuery()
    query.state = .cancelled
    #expect(try await manager.jobs(query).items == [cancelled])
    query.kind = "db-check"
    #expect(try await manager.jobs(query).items == [cancelled])
    query.kind = "other"
    #expect(try await manager.jobs(query).items.isEmpty)
    for (limit, cursor) in [(0, nil), (501, nil), (1, "abc")] as [(Int, String?)] {
        var (jobs, results) = (JobQuery(), JobResultQuery())
        (jobs.limit, jobs.cursor, results.limit, results.cursor) = (limit, cursor, limit, cursor)
        let refusals = [
            await problem { _ = try await manager.jobs(jobs) },
            await problem { _ = try await manager.results(ofJob: cancelled.id, results) },
        ]
        #expect(refusals.map { $0?.status } == [422, 422])
    }
}
