import AIBoxAPI
import Hummingbird
import NIOCore
import ServiceClients
import ServiceHTTP
import ServiceLifecycle

/// The part of the internal API that serves events, alerts and webhooks, one route per call of `EventKeeping`; for the
/// rest see `InternalRoutes`, which adds these.
///
/// | call | request | answer |
/// |---|---|---|
/// | `events` | `GET /internal/events?query=` JSON of the `EventQuery`; waits as long as that says | `EventBatch` |
/// | `alerts` | `GET /internal/alerts?query=` JSON of the `SystemAlertQuery` | `Page<SystemAlert>` |
/// | `acknowledgeAlert` | `POST /internal/alerts/{id}/acknowledge` `{"username":…}` | `SystemAlert`, 404 |
/// | `createWebhook` | `POST /internal/webhooks` `Webhook` | 204, 409 |
/// | `webhooks` | `GET /internal/webhooks?query=` JSON of the `WebhookQuery` | `Page<Webhook>` |
/// | `webhook` | `GET /internal/webhooks/{id}` | `Webhook`, 404 |
/// | `updateWebhook` | `PATCH /internal/webhooks/{id}` `WebhookChange` | `Webhook`, 404 |
/// | `deleteWebhook` | `DELETE /internal/webhooks/{id}` | 204, 404 |
/// | `testWebhook` | `POST /internal/webhooks/{id}/test` | `WebhookAttempt`, 404 |
/// | `deliveries` | `GET /internal/webhooks/{id}/deliveries?query=` JSON of the `WebhookDeliveryQuery` | `Page<WebhookDelivery>`, 404 |
/// | `replayDelivery` | `POST /internal/webhooks/{id}/deliveries/{delivery}/replay` | `WebhookDelivery`, 404 |
struct EventRoutes<Context: RequestContext>: Sendable {
    let events: any EventKeeping
    let body: BodyReader

    func add(to router: some RouterMethods<Context>) {
        router.get("internal/events", use: stream)
        router.group("internal/alerts")
            .get(use: alerts)
            .post(":id/acknowledge", use: acknowledge)
        router.group("internal/webhooks")
            .post(use: createWebhook)
            .get(use: webhooks)
            .get(":id", use: webhook)
            .patch(":id", use: updateWebhook)
            .delete(":id", use: deleteWebhook)
            .post(":id/test", use: test)
            .get(":id/deliveries", use: deliveries)
            .post(":id/deliveries/:delivery/replay", use: replay)
    }

    /// A reader that waits is sent away at shutdown, which would else wait for it.
    private func stream(_ request: Request, _ context: Context) async throws -> Response {
        let query = try request.query(EventQuery.self)
        do {
            return try .json(await cancelWhenGracefulShutdown { try await events.events(query) })
        } catch is CancellationError where !Task.isCancelled {
            throw Problem.unavailable("The data manager is shutting down.")
        }
    }

    private func alerts(_ request: Request, _ context: Context) async throws -> Response {
        try .json(await events.alerts(request.query(SystemAlertQuery.self)))
    }

    private func acknowledge(_ request: Request, _ context: Context) async throws -> Response {
        let by = try await body.decode(Acknowledgement.self, request).username
        return try .found(await events.acknowledgeAlert(context.id(), by: by))
    }

    private func createWebhook(_ request: Request, _ context: Context) async throws -> Response {
        try await events.createWebhook(body.decode(Webhook.self, request))
        return Response(status: .noContent)
    }

    private func webhooks(_ request: Request, _ context: Context) async throws -> Response {
        try .json(await events.webhooks(request.query(WebhookQuery.self)))
    }

    private func webhook(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await events.webhook(context.id()))
    }

    private func updateWebhook(_ request: Request, _ context: Context) async throws -> Response {
        let change = try await body.decode(WebhookChange.self, request)
        return try .found(await events.updateWebhook(context.id(), change))
    }

    private func deleteWebhook(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await events.deleteWebhook(context.id()))
    }

    private func test(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await events.testWebhook(context.id()))
    }

    private func deliveries(_ request: Request, _ context: Context) async throws -> Response {
        let query = try request.query(WebhookDeliveryQuery.self)
        return try .found(await events.deliveries(ofWebhook: context.id(), query))
    }

    private func replay(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await events.replayDelivery(context.id("delivery"), ofWebhook: context.id()))
    }
}

/// The body of `POST /internal/alerts/{id}/acknowledge`.
private struct Acknowledgement: Decodable {
    let username: String
}
