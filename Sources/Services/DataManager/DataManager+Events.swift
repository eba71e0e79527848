import AIBoxAPI
import ServiceClients

extension DataManager {
    public func events(_ query: EventQuery) async throws -> EventBatch {
        try FieldRules.check(query)
        do {
            return try await feed.events(query)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw problem(error)
        }
    }

    public func alerts(_ query: SystemAlertQuery) async throws -> Page<SystemAlert> {
        try FieldRules.check(limit: query.limit, in: 1...500)
        let before = try query.cursor.map(PageCursor.id(in:))
        return try await read { try SystemAlert.page(query, before: before, $0) }
    }

    public func acknowledgeAlert(_ id: UUIDv7, by username: String) async throws -> SystemAlert? {
        try await write { try SystemAlert.acknowledge(id, by: username, $0) }
    }

    public func createWebhook(_ webhook: Webhook) async throws {
        try webhookSending.check(webhook)
        try await write { try webhook.insert($0) }
    }

    public func webhook(_ id: UUIDv7) async throws -> Webhook? {
        try await read { try Webhook.find(id, $0) }
    }

    public func webhooks(_ query: WebhookQuery) async throws -> Page<Webhook> {
        try FieldRules.check(limit: query.limit, in: 1...500)
        let before = try query.cursor.map(PageCursor.id(in:))
        return try await read { try Webhook.page(query, before: before, $0) }
    }

    public func updateWebhook(_ id: UUIDv7, _ change: WebhookChange) async throws -> Webhook? {
        try webhookSending.check(change)
        return try await write { try Webhook.update(id, change, $0) }
    }

    public func deleteWebhook(_ id: UUIDv7) async throws -> Bool {
        try await write { try Webhook.delete(id, $0) }
    }

    public func deliveries(
        ofWebhook id: UUIDv7, _ query: WebhookDeliveryQuery
    ) async throws -> Page<WebhookDelivery>? {
        try FieldRules.check(limit: query.limit, in: 1...500)
        let before = try query.cursor.map(PageCursor.id(in:))
        return try await read { db in
            guard try Webhook.find(id, db) != nil else { return nil }
            return try WebhookDelivery.page(query, ofWebhook: id, before: before, db)
        }
    }

    public func testWebhook(_ id: UUIDv7) async throws -> WebhookAttempt? {
        let target = try await read { try WebhookTarget.find(id, $0) }
        guard let target else { return nil }
        return try await webhookSending.test(target)
    }

    public func replayDelivery(_ id: UUIDv7, ofWebhook webhook: UUIDv7) async throws -> WebhookDelivery? {
        try await write { try WebhookDelivery.replay(id, ofWebhook: webhook, $0) }
    }
}
