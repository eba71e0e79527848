import AIBoxAPI
import Hummingbird
import ServiceClients
import ServiceHTTP

/// `/system/alerts`: what wants a person's attention.
struct AlertRoutes: Sendable {
    let data: any DataManaging

    func add(toReaders readers: RouterGroup<UserContext>, writers: RouterGroup<UserContext>) {
        readers.get("/system/alerts", use: list)
        writers.post("/system/alerts/{id}/acknowledge", use: acknowledge)
    }

    private func list(_ request: Request, context: UserContext) async throws -> Response {
        var options = Options(known: ["state", "limit", "cursor"])
        options.insertQuery(of: request)
        var query = SystemAlertQuery()
        query.state = options.choice("state")
        query.limit = options.integer("limit", in: 1...500) ?? 50
        query.cursor = options.text("cursor", limit: 512)
        try options.check()
        return try .json(try await data.alerts(query))
    }

    private func acknowledge(_ request: Request, context: UserContext) async throws -> Response {
        let id = try context.identifier()
        guard let alert = try await data.acknowledgeAlert(id, by: context.identity.username) else {
            throw Problem.notFound
        }
        return try .json(alert)
    }
}
