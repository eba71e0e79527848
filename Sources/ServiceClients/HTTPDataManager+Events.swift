import AIBoxAPI
import Foundation
import NIOCore

// MARK: Events, alerts and webhooks

extension HTTPDataManager {
    /// Longer than a data manager waits for an event.
    private static let waiting = Duration.seconds(40)

    public func events(_ query: EventQuery) async throws -> EventBatch {
        let text = String(decoding: try JSONEncoder().encode(query), as: UTF8.self)
        let answer = try await http.send(
            .init(path: "/internal/events?query=\(text.percentEncoded)", timeout: Self.waiting))
        return try http.decode(EventBatch.self, from: answer.body)
    }

    public func alerts(_ query: SystemAlertQuery) async throws -> Page<SystemAlert> {
        try await page("/internal/alerts", query)
    }

    public func acknowledgeAlert(_ id: UUIDv7, by username: String) async throws -> SystemAlert? {
        try await http.value(.json(.POST, "/internal/alerts/\(id)/acknowledge", ["username": username]))
    }

    public func createWebhook(_ webhook: Webhook) async throws {
        _ = try await http.send(.json(.POST, "/internal/webhooks", webhook))
    }

    public func webhook(_ id: UUIDv7) async throws -> Webhook? {
        try await http.value(.init(path: "/internal/webhooks/\(id)"))
    }

    public func webhooks(_ query: WebhookQuery) async throws -> Page<Webhook> {
        try await page("/internal/webhooks", query)
    }

    public func updateWebhook(_ id: UUIDv7, _ change: WebhookChange) async throws -> Webhook? {
        try await http.value(.json(.PATCH, "/internal/webhooks/\(id)", change))
    }

    public func deleteWebhook(_ id: UUIDv7) async throws -> Bool {
        try await isFound(.init(method: .DELETE, path: "/internal/webhooks/\(id)"))
    }

    public func deliveries(
        ofWebhook id: UUIDv7, _ query: WebhookDeliveryQuery
    ) async throws -> Page<WebhookDelivery>? {
        do {
            return try await page("/internal/webhooks/\(id)/deliveries", query)
        } catch let problem as Problem where problem.status == 404 {
            return nil
        }
    }

    public func testWebhook(_ id: UUIDv7) async throws -> WebhookAttempt? {
        var call = InternalHTTP.Call(method: .POST, path: "/internal/webhooks/\(id)/test")
        call.isRepeatable = false
        return try await http.value(call)
    }

    public func replayDelivery(_ id: UUIDv7, ofWebhook webhook: UUIDv7) async throws -> WebhookDelivery? {
        try await http.value(.init(method: .POST, path: "/internal/webhooks/\(webhook)/deliveries/\(id)/replay"))
    }
}
