import AIBoxAPI
import Foundation
import Hummingbird
import ServiceHTTP
import Storage
import Testing

@testable import DataManager

@Suite(.timeLimit(.minutes(1))) struct WebhookTests {
    private static let secret = "whsec_" + Data((0..<32).map { UInt8($0) }).base64EncodedString()

    /// A data manager that may send to this machine, a clock, and a webhook whose receiver is `receiver`.
    private func withWebhook(
        _ receiver: WebhookReceiver, on rows: TestRows = .sqlite, events: [EventType] = [],
        _ body: @escaping @Sendable (DataManager, WallClock, Webhook) async throws -> Void
    ) async throws {
        try await receiver.run { url in
            let (folder, clock) = (try TestFolder(), WallClock())
            var configuration = try DataManager.Configuration(folder, on: rows)
            configuration.webhooks.allowed = try AddressList(["127.0.0.0/8"])
            configuration.webhooks.now = { clock.now }
            let manager = try await DataManager(configuration, logger: .silent)
            let webhook = Webhook(url: url, events: events, secret: Self.secret)
            try await manager.createWebhook(webhook)
            try await body(manager, clock, webhook)
            await manager.close()
        }
    }

    private func deliveries(_ manager: DataManager, _ webhook: Webhook) async throws -> [WebhookDelivery] {
        try #require(try await manager.deliveries(ofWebhook: webhook.id, WebhookDeliveryQuery())).items
    }

    @Test(arguments: TestRows.here) func eventsAreSentInOrderSignedAndOnce(_ rows: TestRows) async throws {
        let receiver = WebhookReceiver()
        try await withWebhook(receiver, on: rows) { manager, _, webhook in
            for _ in 0..<10 { try await manager.store(.example(), picture: nil) }
            try await manager.webhookSending.round()
            try await manager.webhookSending.round()
            let events = try await manager.events(EventQuery(after: 0)).events
            #expect(try receiver.messages.map { try $0.event } == events && events.count == 10)
            for (message, event) in zip(receiver.messages, events) {
                #expect(message.isSigned(with: Self.secret))
                #expect(message.header("webhook-id") == event.id.description)
                #expect(message.header("content-type") == "application/cloudevents+json; charset=utf-8")
            }
            var altered = try #require(receiver.messages.first)
            altered.body += " "
            #expect(!altered.isSigned(with: Self.secret))
            let deliveries = try await self.deliveries(manager, webhook)
            #expect(deliveries.allSatisfy { $0.state == .succeeded && $0.attempts == 1 && $0.lastStatus == 204 })
            #expect(deliveries.allSatisfy { $0.nextAttemptAt == nil && $0.lastError == nil })
        }
    }

    @Test func onlyWantedTypesFromAfterTheCreationAreSent() async throws {
        let receiver = WebhookReceiver()
        try await withWebhook(receiver, events: [.knownPlatesChanged]) { manager, _, webhook in
            let plate = KnownPlate(plateNumber: "A1", label: "", list: .watch)
            try await manager.createKnownPlate(plate)
            try await manager.store(.example(), picture: nil)
            let later = Webhook(url: webhook.url, secret: Self.secret)
            try await manager.createWebhook(later)
            try await manager.webhookSending.round()
            #expect(try receiver.messages.map { try $0.event.type } == ["KnownPlatesChanged"])
            #expect(try await self.deliveries(manager, later).isEmpty)
        }
    }

    @Test func failedAttemptIsRepeatedWithTheSameIdentifierAfterAPause() async throws {
        let receiver = WebhookReceiver()
        receiver.answer(statuses: [.internalServerError])
        try await withWebhook(receiver) { manager, clock, webhook in
            try await manager.store(.example(), picture: nil)
            try await manager.webhookSending.round()
            let failed = try #require(try await self.deliveries(manager, webhook).first)
            #expect(failed.state == .failed && failed.lastStatus == 500 && failed.lastError == "answered 500")
            let pause = try #require(failed.nextAttemptAt).milliseconds - clock.now.milliseconds
            #expect((13_500...16_500).contains(pause))
            try await manager.webhookSending.round()
            #expect(receiver.messages.count == 1)
            clock.advance(pause)
            try await manager.webhookSending.round()
            let ids = receiver.messages.map { $0.header("webhook-id") }
            #expect(ids.count == 2 && ids[0] == ids[1])
            let stamps = receiver.messages.map { $0.header("webhook-timestamp") }
            #expect(stamps[0] != stamps[1] && receiver.messages[1].isSigned(with: Self.secret))
            let done = try #require(try await self.deliveries(manager, webhook).first)
            #expect(done.state == .succeeded && done.attempts == 2)
        }
    }

    @Test(arguments: TestRows.here)
    func deliveryIsDeadAfterTenAttemptsOverADayAndCanBeReplayed(_ rows: TestRows) async throws {
        let receiver = WebhookReceiver()
        receiver.answer(statuses: Array(repeating: .badGateway, count: 10))
        try await withWebhook(receiver, on: rows, events: [.modelInferenceCompleted]) { manager, clock, webhook in
            try await manager.store(.example(), picture: nil)
            let start = clock.now
            for _ in 0..<10 {
                try await manager.webhookSending.round()
                guard let next = try await self.deliveries(manager, webhook).first?.nextAttemptAt else { break }
                clock.advance(next.milliseconds - clock.now.milliseconds)
            }
            let hours = Double(clock.now.milliseconds - start.milliseconds) / 3_600_000
            #expect(receiver.messages.count == 10 && (20...32).contains(hours), "\(hours) h")
            let dead = try #require(try await self.deliveries(manager, webhook).first)
            #expect(dead.state == .dead && dead.attempts == 10 && dead.lastError == "answered 502")
            let alerts = try await manager.alerts(SystemAlertQuery()).items
            #expect(alerts.map(\.kind) == [.deliveryDead] && alerts.map(\.subject) == [webhook.id.description])

            let replayed = try #require(try await manager.replayDelivery(dead.id, ofWebhook: webhook.id))
            #expect(replayed.state == .pending && replayed.attempts == 0)
            try await manager.webhookSending.round()
            #expect(try await self.deliveries(manager, webhook).first?.state == .succeeded)
            #expect(receiver.messages.last?.header("webhook-id") == dead.eventID.description)
        }
    }

    @Test(arguments: TestRows.here) func receiverSaysHowLongToWaitAndWhenToStop(_ rows: TestRows) async throws {
        let receiver = WebhookReceiver()
        receiver.answer(
            { _ in Response(status: .serviceUnavailable, headers: [.retryAfter: "7200"]) },
            { _ in Response(status: .gone) })
        try await withWebhook(receiver, on: rows, events: [.modelInferenceCompleted]) { manager, clock, webhook in
            try await manager.store(.example(), picture: nil)
            try await manager.store(.example(), picture: nil)
            try await manager.webhookSending.round()
            let waiting = try #require(try await self.deliveries(manager, webhook).last?.nextAttemptAt)
            #expect(waiting.milliseconds - clock.now.milliseconds == 7_200_000)
            try await manager.webhookSending.round()
            let disabled = try #require(try await manager.webhook(webhook.id))
            #expect(!disabled.isActive && disabled.disabledReason == "its receiver answered 410 Gone")
            #expect(try await self.deliveries(manager, webhook).allSatisfy { $0.state == .dead })
            #expect(try await manager.alerts(SystemAlertQuery()).items.map(\.kind) == [.webhookDisabled])
            clock.advance(86_400_000)
            try await manager.store(.example(), picture: nil)
            try await manager.webhookSending.round()
            #expect(receiver.messages.count == 2)

            let dead = try #require(try await self.deliveries(manager, webhook).first)
            let refused = await problem { _ = try await manager.replayDelivery(dead.id, ofWebhook: webhook.id) }
            #expect(refused?.status == 409)
            _ = try await manager.updateWebhook(webhook.id, WebhookChange(isActive: true))
            try await manager.store(.example(), picture: nil)
            try await manager.webhookSending.round()
            #expect(receiver.messages.count == 3)
        }
    }

    @Test func redirectIsNotFollowed() async throws {
        let (receiver, other) = (WebhookReceiver(), WebhookReceiver())
        try await other.run { target in
            receiver.answer { _ in Response(status: .temporaryRedirect, headers: [.location: target]) }
            try await self.withWebhook(receiver) { manager, _, webhook in
                let attempt = try #require(try await manager.testWebhook(webhook.id))
                #expect(!attempt.succeeded && attempt.status == 307 && attempt.error == "redirected (307)")
            }
        }
        #expect(other.messages.isEmpty)
    }

    @Test func testSendsAnEventThatIsPartOfNoStream() async throws {
        let receiver = WebhookReceiver()
        try await withWebhook(receiver) { manager, _, webhook in
            let attempt = try #require(try await manager.testWebhook(webhook.id))
            #expect(attempt.succeeded && attempt.status == 204 && attempt.error == nil)
            let message = try #require(receiver.messages.first)
            #expect(try message.event.type == "WebhookTest" && message.event.sequence == nil)
            #expect(message.isSigned(with: Self.secret))
            #expect(try await self.deliveries(manager, webhook).isEmpty)
            #expect(try await manager.events(EventQuery(after: 0)).events.isEmpty)
        }
    }

    @Test(arguments: TestRows.here)
    func rowsThatAreNoEventsArePassedOver(_ rows: TestRows) async throws {
        let receiver = WebhookReceiver()
        try await withWebhook(receiver, on: rows) { manager, _, _ in
            for _ in 0..<3 { try await manager.store(.example([]), picture: nil) }
            try await manager.write { try $0.execute("UPDATE events SET data = '{' WHERE sequence <> 2") }
            try await manager.webhookSending.round()
            #expect(try receiver.messages.map { try $0.event.sequence } == [2])
            #expect(try await manager.read { try !WebhookDelivery.isBehind($0) })
        }
    }

    @Test(arguments: TestRows.here)
    func claimedDeliveryComesUpAgainWhenItsSenderWasKilled(_ rows: TestRows) async throws {
        let receiver = WebhookReceiver()
        try await withWebhook(receiver, on: rows) { manager, clock, webhook in
            try await manager.store(.example(), picture: nil)
            _ = try await manager.write { try WebhookDelivery.fanOut($0) }
            let now = clock.now
            let claimed = try await manager.write {
                try WebhookDelivery.claim(webhook: webhook.id, at: now, $0).map(\.delivery)
            }
            #expect(claimed.map(\.attempts) == [1])
            try await manager.webhookSending.round()
            #expect(receiver.messages.isEmpty)
            clock.advance(120_000)
            try await manager.webhookSending.round()
            #expect(receiver.messages.count == 1)
            #expect(try await self.deliveries(manager, webhook).map(\.attempts) == [2])
            // What the first one writes down afterwards counts no more.
            let late = clock.now
            try await manager.write { db in
                for delivery in claimed { try delivery.record(WebhookOutcome(status: 500), at: late, db) }
            }
            #expect(try await self.deliveries(manager, webhook).map(\.state) == [.succeeded])
        }
    }

    @Test func receiverThatFallsFarBehindIsSwitchedOff() async throws {
        let receiver = WebhookReceiver()
        try await withWebhook(receiver, events: [.knownPlatesChanged]) { manager, _, webhook in
            try await manager.write { db in
                for _ in 0...WebhookDelivery.waitingLimit {
                    try EventRows.append(KnownPlatesChanged(.deleted, plate: UUIDv7()), db)
                }
                while try WebhookDelivery.fanOut(limit: 2000, db) {}
            }
            let disabled = try #require(try await manager.webhook(webhook.id))
            #expect(!disabled.isActive && disabled.disabledReason?.contains("10000") == true)
            try await manager.webhookSending.round()
            #expect(receiver.messages.isEmpty)
        }
    }

    @Test func whileItRunsEventsAreSentByThemselves() async throws {
        let receiver = WebhookReceiver()
        let (arrived, source) = AsyncStream.makeStream(of: Void.self)
        receiver.answer { _ in
            source.finish()
            return Response(status: .ok)
        }
        try await receiver.run { url in
            let allowed = try AddressList(["127.0.0.0/8"])
            try await withRunningDataManager({ $0.webhooks.allowed = allowed }) { manager in
                try await manager.createWebhook(Webhook(url: url, secret: Self.secret))
                try await manager.store(.example(), picture: nil)
                for await _ in arrived {}
            }
        }
        #expect(receiver.messages.count == 1)
    }
}
