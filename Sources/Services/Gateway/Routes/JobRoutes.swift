import AIBoxAPI
import Hummingbird
import ServiceClients
import ServiceHTTP

/// `/jobs`: work that goes on after the call that asked for it.
struct JobRoutes: Sendable {
    private static let body = BodyReader(limit: 65_536)

    let data: any DataManaging

    func add(toReaders readers: RouterGroup<UserContext>, writers: RouterGroup<UserContext>) {
        readers.get("/jobs", use: list)
        readers.get("/jobs/{id}", use: show)
        readers.get("/jobs/{id}/results", use: results)
        writers.post("/jobs", use: create)
        writers.delete("/jobs/{id}", use: cancel)
    }

    private func list(_ request: Request, context: UserContext) async throws -> Response {
        var options = Options(known: ["state", "kind", "limit", "cursor"])
        options.insertQuery(of: request)
        var query = JobQuery()
        query.state = options.choice("state")
        query.kind = options.text("kind", limit: 64)
        query.limit = options.integer("limit", in: 1...500) ?? 50
        query.cursor = options.text("cursor", limit: 512)
        try options.check()
        return try .json(try await data.jobs(query))
    }

    private func show(_ request: Request, context: UserContext) async throws -> Response {
        guard let job = try await data.job(try context.identifier()) else { throw Problem.notFound }
        return try .json(job)
    }

    private func results(_ request: Request, context: UserContext) async throws -> Response {
        var options = Options(known: ["limit", "cursor"])
        options.insertQuery(of: request)
        var query = JobResultQuery()
        query.limit = options.integer("limit", in: 1...500) ?? 50
        query.cursor = options.text("cursor", limit: 512)
        try options.check()
        guard let page = try await data.results(ofJob: try context.identifier(), query) else { throw Problem.notFound }
        return try .json(page)
    }

    private func create(_ request: Request, context: UserContext) async throws -> Response {
        let members: Set = ["kind", "payload", "priority"]
        let given = try await request.decodeJSON(NewJob.self, known: members, Self.body)
        try Self.admit(context.identity, given.kind)
        let job = try await data.createJob(
            Job(
                kind: given.kind, payload: given.payload ?? .object([:]), priority: given.priority ?? 0,
                createdBy: context.identity.userID))
        var response = try Response.json(job, status: .accepted)
        response.headers[.location] = "/jobs/\(job.id)"
        return response
    }

    private func cancel(_ request: Request, context: UserContext) async throws -> Response {
        let id = try context.identifier()
        guard let stored = try await data.job(id) else { throw Problem.notFound }
        try Self.admit(context.identity, stored.kind)
        guard let job = try await data.cancelJob(id) else { throw Problem.notFound }
        return try .json(job, status: .accepted)
    }

    private static func admit(_ identity: Identity, _ kind: String) throws(Problem) {
        guard identity.role == .admin || !Job.Kind.ofAdministrators.contains(kind) else {
            throw .forbidden("Jobs of the kind \(kind) are for administrators.")
        }
    }
}
