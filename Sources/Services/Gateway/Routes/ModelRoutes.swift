import AIBoxAPI
import Foundation
import Hummingbird
import ServiceClients
import ServiceHTTP

/// `/models`: which models there are and what state they are in.
struct ModelRoutes: Sendable {
    let models: any ModelServing

    func add(to users: RouterGroup<UserContext>) {
        users.get("/models", use: list)
        users.get("/models/{name}", use: show)
    }

    private func list(_ request: Request, context: UserContext) async throws -> Response {
        var options = Options(known: ["limit", "cursor"])
        options.insertQuery(of: request)
        let limit = options.integer("limit", in: 1...500) ?? 50
        let cursor = options.text("cursor", limit: 512)
        try options.check()
        return try .json(
            try Page(slicing: try await models.models(), after: cursor, limit: limit) { "\($0.name)@\($0.version)" })
    }

    /// Of several versions the one that answers.
    private func show(_ request: Request, context: UserContext) async throws -> Response {
        let name = try context.parameters.require("name").removingPercentEncoding
        let versions = try await models.models().filter { $0.name == name }
        guard let model = versions.first(where: { $0.state == .ready }) ?? versions.first else {
            throw Problem.notFound
        }
        return try .json(model)
    }
}
