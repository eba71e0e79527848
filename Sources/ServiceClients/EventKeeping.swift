import AIBoxAPI

/// The part of the data manager that keeps events, alerts and webhooks.
public protocol EventKeeping: Sendable {
    /// The events after a sequence, at once when there are any, else when one happens or the time to wait is over.
    /// A cancelled caller gets `CancellationError`.
    func events(_ query: EventQuery) async throws -> EventBatch

    /// Newest first, by identifier. An invalid cursor throws 422.
    func alerts(_ query: SystemAlertQuery) async throws -> Page<SystemAlert>

    /// The alert as it is then; `nil`: no such alert. One that is no longer open stays as it is.
    func acknowledgeAlert(_ id: UUIDv7, by username: String) async throws -> SystemAlert?

    /// - Parameter webhook: with its secret.
    /// - Throws: `Problem` 422 for an address that is refused, 409 when there are too many.
    func createWebhook(_ webhook: Webhook) async throws

    /// Without the secret, as everything below.
    func webhook(_ id: UUIDv7) async throws -> Webhook?

    /// Newest first, by identifier. An invalid cursor throws 422.
    func webhooks(_ query: WebhookQuery) async throws -> Page<Webhook>

    /// `nil`: no such webhook. 422 as at creation.
    func updateWebhook(_ id: UUIDv7, _ change: WebhookChange) async throws -> Webhook?

    /// Deletes the webhook with its deliveries. Whether there was one.
    func deleteWebhook(_ id: UUIDv7) async throws -> Bool

    /// Newest first; `nil`: no such webhook.
    func deliveries(ofWebhook id: UUIDv7, _ query: WebhookDeliveryQuery) async throws -> Page<WebhookDelivery>?

    /// Sends a `WebhookTest` now; `nil`: no such webhook.
    func testWebhook(_ id: UUIDv7) async throws -> WebhookAttempt?

    /// Sends an event again, with all its attempts before it; `nil`: no such delivery of that webhook.
    func replayDelivery(_ id: UUIDv7, ofWebhook webhook: UUIDv7) async throws -> WebhookDelivery?
}
