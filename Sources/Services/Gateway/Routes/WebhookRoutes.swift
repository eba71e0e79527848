import AIBoxAPI
import Crypto
import Foundation
import Hummingbird
import ServiceClients
import ServiceHTTP

/// `/webhooks`: where events are sent.
struct WebhookRoutes: Sendable {
    private static let members: Set<String> = ["url", "events", "secret", "description", "active"]
    private static let body = BodyReader(limit: 16_384)

    let data: any DataManaging

    func add(toReaders readers: RouterGroup<UserContext>, writers: RouterGroup<UserContext>) {
        readers.get("/webhooks", use: list)
        readers.get("/webhooks/{id}", use: show)
        readers.get("/webhooks/{id}/deliveries", use: deliveries)
        writers.post("/webhooks", use: create)
        writers.patch("/webhooks/{id}", use: update)
        writers.delete("/webhooks/{id}", use: delete)
        writers.post("/webhooks/{id}/test", use: test)
        writers.post("/webhooks/{id}/deliveries/{delivery_id}/replay", use: replay)
    }

    private func list(_ request: Request, context: UserContext) async throws -> Response {
        var options = Options(known: ["limit", "cursor"])
        options.insertQuery(of: request)
        var query = WebhookQuery()
        query.limit = options.integer("limit", in: 1...500) ?? 50
        query.cursor = options.text("cursor", limit: 512)
        try options.check()
        return try .json(try await data.webhooks(query))
    }

    private func show(_ request: Request, context: UserContext) async throws -> Response {
        guard let webhook = try await data.webhook(try context.identifier()) else { throw Problem.notFound }
        return try .json(webhook)
    }

    private func create(_ request: Request, context: UserContext) async throws -> Response {
        let given = try await request.decodeJSON(NewWebhook.self, known: Self.members, Self.body)
        let now = Timestamp.now
        let webhook = Webhook(
            url: given.url, events: given.events ?? [], description: given.description ?? "",
            isActive: given.isActive ?? true, createdAt: now, updatedAt: now,
            secret: given.secret ?? Self.makeSecret())
        try await data.createWebhook(webhook)
        return try .created(webhook, at: "/webhooks/\(webhook.id)")
    }

    private func update(_ request: Request, context: UserContext) async throws -> Response {
        let id = try context.identifier()
        let change = try await request.decodeJSON(WebhookChange.self, known: Self.members, Self.body)
        guard let webhook = try await data.updateWebhook(id, change) else { throw Problem.notFound }
        return try .json(webhook)
    }

    private func delete(_ request: Request, context: UserContext) async throws -> Response {
        guard try await data.deleteWebhook(try context.identifier()) else { throw Problem.notFound }
        return Response(status: .noContent)
    }

    private func deliveries(_ request: Request, context: UserContext) async throws -> Response {
        var options = Options(known: ["state", "limit", "cursor"])
        options.insertQuery(of: request)
        var query = WebhookDeliveryQuery()
        query.state = options.choice("state")
        query.limit = options.integer("limit", in: 1...500) ?? 50
        query.cursor = options.text("cursor", limit: 512)
        try options.check()
        guard let page = try await data.deliveries(ofWebhook: try context.identifier(), query) else {
            throw Problem.notFound
        }
        return try .json(page)
    }

    private func test(_ request: Request, context: UserContext) async throws -> Response {
        guard let attempt = try await data.testWebhook(try context.identifier()) else { throw Problem.notFound }
        return try .json(attempt)
    }

    private func replay(_ request: Request, context: UserContext) async throws -> Response {
        let (webhook, id) = (try context.identifier(), try context.identifier("delivery_id"))
        guard let delivery = try await data.replayDelivery(id, ofWebhook: webhook) else { throw Problem.notFound }
        return try .json(delivery)
    }

    /// 32 random bytes in the form of Standard Webhooks.
    private static func makeSecret() -> String {
        "whsec_" + SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }.base64EncodedString()
    }
}
