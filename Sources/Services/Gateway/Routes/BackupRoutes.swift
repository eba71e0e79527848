import AIBoxAPI
import Hummingbird
import ServiceClients
import ServiceHTTP

/// `/system/backups`: copies of the database. Making and verifying one are jobs.
struct BackupRoutes: Sendable {
    let data: any DataManaging

    func add(to administrators: RouterGroup<UserContext>) {
        administrators.get("/system/backups", use: list)
        administrators.post("/system/backups", use: create)
        administrators.post("/system/backups/{id}/verify", use: verify)
    }

    /// One page: a folder has as many as are kept.
    private func list(_ request: Request, context: UserContext) async throws -> Response {
        try .json(Page(items: try await data.backups(), nextCursor: nil))
    }

    private func create(_ request: Request, context: UserContext) async throws -> Response {
        try await start(Job(kind: Job.Kind.backup, createdBy: context.identity.userID))
    }

    private func verify(_ request: Request, context: UserContext) async throws -> Response {
        let id = try context.identifier()
        guard try await data.backups().contains(where: { $0.id == id }) else { throw Problem.notFound }
        let payload = JSONValue.object(["id": .string(id.description)])
        return try await start(Job(kind: Job.Kind.backupVerify, payload: payload, createdBy: context.identity.userID))
    }

    private func start(_ job: Job) async throws -> Response {
        let job = try await data.createJob(job)
        var response = try Response.json(job, status: .accepted)
        response.headers[.location] = "/jobs/\(job.id)"
        return response
    }
}
