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
        try .json(Page(items: try await models.models(), nextCursor: nil))
    }

    private func show(_ request: Request, context: UserContext) async throws -> Response {
        let name = try context.parameters.require("name").removingPercentEncoding
        guard let model = try await models.models().first(where: { $0.name == name }) else { throw Problem.notFound }
        return try .json(model)
    }
}
