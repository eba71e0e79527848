import AIBoxAPI

extension HTTPDataManager {
    public func backups() async throws -> [DatabaseBackup] {
        let answer = try await http.send(.init(path: "/internal/backups"))
        return try http.decode([DatabaseBackup].self, from: answer.body)
    }
}

extension HTTPDataManager {
    public func createJob(_ job: Job) async throws -> Job {
        let answer = try await http.send(.json(.POST, "/internal/jobs", job))
        return try http.decode(Job.self, from: answer.body)
    }

    public func job(_ id: UUIDv7) async throws -> Job? {
        try await http.value(.init(path: "/internal/jobs/\(id)"))
    }

    public func jobs(_ query: JobQuery) async throws -> Page<Job> {
        try await page("/internal/jobs", query)
    }

    public func results(ofJob id: UUIDv7, _ query: JobResultQuery) async throws -> Page<JobResult>? {
        do {
            return try await page("/internal/jobs/\(id)/results", query) as Page<JobResult>
        } catch let problem as Problem where problem.status == 404 {
            return nil
        }
    }

    public func cancelJob(_ id: UUIDv7) async throws -> Job? {
        try await http.value(.init(method: .DELETE, path: "/internal/jobs/\(id)"))
    }
}
