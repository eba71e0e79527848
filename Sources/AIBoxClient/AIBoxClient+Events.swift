import AIBoxAPI

/// Events, alerts and webhooks.
extension AIBoxClient {
    /// What happens from now on, or after the event that `query` names.
    public func events(_ query: EventQuery = EventQuery()) -> EventSequence {
        EventSequence(client: self, query: query)
    }

    /// One page of alerts, newest first.
    public func alerts(_ query: SystemAlertQuery = SystemAlertQuery()) async throws -> Page<SystemAlert> {
        var call = Call(.GET, "/system/alerts")
        call.query = Self.query([
            ("state", query.state?.rawValue), ("limit", "\(query.limit)"), ("cursor", query.cursor),
        ])
        return try decode(try await send(call))
    }

    public func acknowledgeAlert(_ id: UUIDv7) async throws -> SystemAlert {
        try decode(try await send(Call(.POST, "/system/alerts/\(id)/acknowledge")))
    }

    /// One page of webhooks, newest first.
    public func webhooks(_ query: WebhookQuery = WebhookQuery()) async throws -> Page<Webhook> {
        var call = Call(.GET, "/webhooks")
        call.query = Self.query([("limit", "\(query.limit)"), ("cursor", query.cursor)])
        return try decode(try await send(call))
    }

    public func webhook(_ id: UUIDv7) async throws -> Webhook {
        try decode(try await send(Call(.GET, "/webhooks/\(id)")))
    }

    /// The answer has the secret, which is not shown again.
    public func createWebhook(_ webhook: NewWebhook) async throws -> Webhook {
        try decode(try await send(try Call(.POST, "/webhooks", json: webhook)))
    }

    public func updateWebhook(_ id: UUIDv7, _ change: WebhookChange) async throws -> Webhook {
        try decode(try await send(try Call(.PATCH, "/webhooks/\(id)", json: change)))
    }

    public func deleteWebhook(_ id: UUIDv7) async throws {
        _ = try await send(Call(.DELETE, "/webhooks/\(id)"))
    }

    /// One page of what was sent to a webhook, newest first.
    public func deliveries(
        ofWebhook id: UUIDv7, _ query: WebhookDeliveryQuery = WebhookDeliveryQuery()
    ) async throws -> Page<WebhookDelivery> {
        var call = Call(.GET, "/webhooks/\(id)/deliveries")
        call.query = Self.query([
            ("state", query.state?.rawValue), ("limit", "\(query.limit)"), ("cursor", query.cursor),
        ])
        return try decode(try await send(call))
    }

    /// Sends a test event and tells what came of it.
    public func testWebhook(_ id: UUIDv7) async throws -> WebhookAttempt {
        try decode(try await send(Call(.POST, "/webhooks/\(id)/test")))
    }

    /// Sends an event again.
    public func replayDelivery(_ id: UUIDv7, ofWebhook webhook: UUIDv7) async throws -> WebhookDelivery {
        try decode(try await send(Call(.POST, "/webhooks/\(webhook)/deliveries/\(id)/replay")))
    }

    private static func query(_ values: [(String, String?)]) -> [(name: String, value: String)] {
        values.compactMap { name, value in value.map { (name, $0) } }
    }
}
