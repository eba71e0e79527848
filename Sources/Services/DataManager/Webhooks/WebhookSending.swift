import AIBoxAPI
import Logging
import Storage
import Synchronization

/// Sends events to webhooks: at least once, and for each receiver one after the other in the order of the events, as
/// long as every attempt succeeds. One that failed is overtaken by later ones; receivers have `sequence` to tell.
///
/// A slow receiver delays nobody else: each is served by a task of its own.
final class WebhookSending: Sendable {
    private static let pollInterval = Duration.seconds(1)

    private let database: any SQLDatabase
    private let feed: EventFeed
    private let rules: WebhookRules
    private let client: WebhookClient
    private let logger: Logger
    private let metrics = WebhookMetrics()
    /// Webhooks that are being sent to.
    private let busy = Mutex<Set<UUIDv7>>([])

    init(
        _ database: any SQLDatabase, _ feed: EventFeed, _ rules: WebhookRules, _ logger: Logger
    ) throws(DataManagerError) {
        (self.database, self.feed, self.rules, self.logger) = (database, feed, rules, logger)
        do {
            client = try WebhookClient(rules)
        } catch {
            throw DataManagerError(
                code: .folder, message: "the certificates of the system cannot be read (\(error))",
                remedy: "Install the package ca-certificates")
        }
    }

    func check(_ webhook: Webhook) throws(Problem) { try FieldRules.check(webhook, client.destinations) }

    func check(_ change: WebhookChange) throws(Problem) { try FieldRules.check(change, client.destinations) }

    /// Sends what there is to send until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do {
                    for webhook in try await due() where busy.withLock({ $0.insert(webhook).inserted }) {
                        group.addTask {
                            await self.send(to: webhook)
                            _ = self.busy.withLock { $0.remove(webhook) }
                        }
                    }
                } catch {
                    logger.debug("webhooks cannot be read", metadata: ["error": "\(error)"])
                }
                await feed.change(after: feed.latest, within: Self.pollInterval)
            }
        }
    }

    /// Sends what is due now, once.
    func round() async throws {
        for webhook in try await due() { await send(to: webhook) }
    }

    /// Sends a `WebhookTest`, of which nothing is stored.
    func test(_ target: WebhookTarget) async throws -> WebhookAttempt {
        let data = try NewEvent(WebhookTest(webhook: target.id))
        let event = Event(
            id: data.id, type: .webhookTest, time: rules.now(), subject: data.subject, sequence: nil,
            data: try JSONColumn.value(data.data))
        let body = try JSONColumn.text(event, field: "event")
        return try await client.send(Self.message(id: event.id, body, target)).attempt
    }

    private func due() async throws -> [UUIDv7] {
        let now = rules.now()
        while try await database.read({ try WebhookDelivery.isBehind($0) }) {
            while try await database.write({ [logger] db in
                try WebhookDelivery.fanOut(onPassedOver: { EventRelay.tell(passedOver: $0, logger) }, db)
            }) {}
        }
        return try await database.read { try WebhookDelivery.due(at: now, $0) }
    }

    /// Sends to one webhook what is due, until nothing is or an attempt fails.
    private func send(to webhook: UUIDv7) async {
        do {
            while !Task.isCancelled, try await sendSome(to: webhook) {}
        } catch {
            logger.warning(
                "a webhook cannot be sent to", metadata: ["webhook.id": "\(webhook)", "error": "\(error)"])
        }
    }

    /// Returns whether all were taken and there may be more.
    private func sendSome(to webhook: UUIDv7) async throws -> Bool {
        let now = rules.now()
        guard let target = try await database.read({ try WebhookTarget.find(webhook, $0) }) else { return false }
        let claimed = try await database.write { db in
            try WebhookDelivery.claim(webhook: webhook, at: now, db)
        }
        for (index, claim) in claimed.enumerated() {
            let message = try Self.message(id: claim.delivery.eventID, claim.body, target)
            let outcome = await client.send(message)
            // One that was interrupted comes up again when its claim is over.
            if Task.isCancelled { return false }
            try await record(outcome, claim.delivery)
            guard !outcome.isSuccess else { continue }
            let rest = claimed[(index + 1)...].map(\.delivery)
            try await database.write { db in for delivery in rest { try delivery.release(at: now, db) } }
            return false
        }
        return !claimed.isEmpty
    }

    private func record(_ outcome: WebhookOutcome, _ delivery: WebhookDelivery) async throws {
        let now = rules.now()
        metrics.attempted(outcome)
        if let reason = outcome.reason {
            logger.info(
                "a delivery failed",
                metadata: [
                    "webhook.id": "\(delivery.webhookID)", "attempt": "\(delivery.attempts)", "reason": "\(reason)",
                ])
        }
        try await database.write { try delivery.record(outcome, at: now, $0) }
        feed.noteWrite()
    }

    private static func message(id: UUIDv7, _ body: String, _ target: WebhookTarget) throws -> WebhookMessage {
        guard let address = try? WebhookAddress(target.url), let signature = WebhookSignature(secret: target.secret)
        else { throw StorageError(.damaged, "a webhook has no address or secret") }
        return WebhookMessage(id: id, body: body, address: address, signature: signature)
    }
}
