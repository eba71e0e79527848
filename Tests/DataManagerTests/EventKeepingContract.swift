import AIBoxAPI
import ServiceClients
import Testing

/// What every implementation of `EventKeeping` must do, beginning with an empty database.
///
/// - Parameter raise: raises an alert where the events are kept, as services do for themselves.
func verifyEventKeeping(
    _ manager: any DataManaging, raise: (SystemAlert) async throws -> Void
) async throws {
    try await verifyStream(manager)
    try await verifyWaiting(manager)
    try await verifyAlerts(manager, raise)
    try await verifyWebhooks(manager)
    try await verifyWebhookRefusals(manager)
}

private func verifyStream(_ manager: any DataManaging) async throws {
    #expect(try await manager.events(EventQuery(after: 0)).events.isEmpty)
    let record = InferenceRecord.example(camera: "gate", [.example(), .plate])
    try await manager.store(record, picture: nil)
    try await manager.store(record, picture: nil)  // a retry after a lost answer
    let plate = KnownPlate(plateNumber: "EN 167", label: "secret label", list: .deny)
    try await manager.createKnownPlate(plate)
    _ = try await manager.updateKnownPlate(plate.id, KnownPlateChange(list: .allow))
    _ = try await manager.deleteKnownPlate(plate.id)

    let all = try await manager.events(EventQuery(after: 0))
    try #require(all.events.count == 4)
    #expect(all.events.map(\.sequence) == [1, 2, 3, 4] && all.next == 4 && !all.hasGap)
    let types: [EventType] = [
        .modelInferenceCompleted, .knownPlatesChanged, .knownPlatesChanged, .knownPlatesChanged,
    ]
    #expect(all.events.map(\.type) == types.map(\.rawValue))
    #expect(all.events[0].id == record.id && all.events[0].subject == record.id.description)
    #expect(all.events.allSatisfy { $0.specversion == "1.0" && $0.source == "/aibox" })

    var some = EventQuery(after: 1)
    (some.limit, some.types) = (2, [.knownPlatesChanged])
    let page = try await manager.events(some)
    #expect(page.events == Array(all.events[1...2]) && page.next == 3)
    some.types = [.dataBackupCompleted]
    let none = try await manager.events(some)
    #expect(none.events.isEmpty && none.next == 3)

    let end = try await manager.events(EventQuery())
    #expect(end.events.isEmpty && end.next == 4 && !end.hasGap)
    let future = try await manager.events(EventQuery(after: 99))
    #expect(future.events.isEmpty && future.next == 4 && future.hasGap)
    let refused = await problem { _ = try await manager.events(EventQuery { $0.limit = 501 }) }
    #expect(refused?.status == 422 && refused?.errors?.map(\.field) == ["limit"])
}

private func verifyWaiting(_ manager: any DataManaging) async throws {
    let end = try await manager.events(EventQuery()).next
    let query = EventQuery {
        ($0.after, $0.waitMS) = (end, 20_000)
        $0.types = [.knownPlatesChanged]
    }
    async let waiting = manager.events(query)
    try await manager.store(.example(), picture: nil)  // not of the type that is waited for
    let plate = KnownPlate(plateNumber: "W 1", label: "", list: .watch)
    try await manager.createKnownPlate(plate)
    let batch = try await waiting
    #expect(batch.events.map(\.subject) == [plate.id.description] && batch.next == end + 2)

    let gone = Task { try await manager.events(EventQuery { ($0.after, $0.waitMS) = (batch.next, 20_000) }) }
    gone.cancel()
    await #expect(throws: (any Error).self) { try await gone.value }
}

private func verifyAlerts(
    _ manager: any DataManaging, _ raise: (SystemAlert) async throws -> Void
) async throws {
    let start = try await manager.events(EventQuery()).next
    let disk = SystemAlert(kind: .diskLow, severity: .critical, message: "free space")
    try await raise(disk)
    try await raise(SystemAlert(kind: .diskLow, severity: .critical, message: "again"))
    let job = SystemAlert(kind: .jobFailed, severity: .warning, subject: "job", message: "gave up")
    try await raise(job)
    #expect(try await manager.alerts(SystemAlertQuery()).items.map(\.id) == [job.id, disk.id])

    let seen = try #require(try await manager.acknowledgeAlert(disk.id, by: "an"))
    #expect(seen.state == .acknowledged && seen.acknowledgedBy == "an" && seen.acknowledgedAt != nil)
    #expect(try await manager.acknowledgeAlert(disk.id, by: "other") == seen)
    #expect(try await manager.acknowledgeAlert(UUIDv7(), by: "an") == nil)
    // The disk is still low; the job is another one that has failed.
    try await raise(SystemAlert(kind: .diskLow, severity: .critical, message: "still"))
    _ = try await manager.acknowledgeAlert(job.id, by: "an")
    try await raise(SystemAlert(kind: .jobFailed, severity: .warning, subject: "job", message: "gave up again"))
    let open = try await manager.alerts(SystemAlertQuery { $0.state = .open })
    #expect(open.items.map(\.message) == ["gave up again"])

    let first = try await manager.alerts(SystemAlertQuery { $0.limit = 2 })
    let second = try await manager.alerts(SystemAlertQuery { ($0.limit, $0.cursor) = (2, first.nextCursor) })
    #expect((first.items + second.items).map(\.kind) == [.jobFailed, .jobFailed, .diskLow] && second.nextCursor == nil)
    let events = try await manager.events(EventQuery(after: start)).events
    let (triggered, acknowledged) = ("SystemAlertTriggered", "SystemAlertAcknowledged")
    #expect(events.map(\.type) == [triggered, triggered, acknowledged, acknowledged, triggered])
}

private func verifyWebhooks(_ manager: any DataManaging) async throws {
    let secret = "whsec_" + String(repeating: "A", count: 32)
    let webhook = Webhook(
        url: "https://example.org/a?b=c", events: [.deviceStatusChanged], description: "d", secret: secret)
    try await manager.createWebhook(webhook)
    try await manager.createWebhook(webhook)  // a retry after a lost answer
    var shown = webhook
    shown.secret = nil
    #expect(try await manager.webhook(webhook.id) == shown)
    #expect(try await manager.webhooks(WebhookQuery()).items == [shown])
    let change = WebhookChange(url: "http://example.org", events: [], isActive: false)
    let changed = try #require(try await manager.updateWebhook(webhook.id, change))
    #expect(changed.url == "http://example.org" && changed.events.isEmpty && !changed.isActive)
    #expect(changed.description == "d" && changed.secret == nil)
    #expect(try await manager.webhook(webhook.id) == changed)
    #expect(try await manager.deliveries(ofWebhook: webhook.id, WebhookDeliveryQuery())?.items.isEmpty == true)
    #expect(try await manager.replayDelivery(UUIDv7(), ofWebhook: webhook.id) == nil)
    let unknown = UUIDv7()
    #expect(try await manager.webhook(unknown) == nil)
    #expect(try await manager.updateWebhook(unknown, change) == nil)
    #expect(try await manager.deliveries(ofWebhook: unknown, WebhookDeliveryQuery()) == nil)
    #expect(try await manager.testWebhook(unknown) == nil)
    #expect(try await manager.deleteWebhook(unknown) == false)
    #expect(try await manager.deleteWebhook(webhook.id))
    #expect(try await manager.webhook(webhook.id) == nil)
}

private func verifyWebhookRefusals(_ manager: any DataManaging) async throws {
    let secret = "whsec_" + String(repeating: "A", count: 32)
    let refused: [(url: String, secret: String, field: String)] = [
        ("ftp://example.org", secret, "url"), ("https://user:pass@example.org", secret, "url"),
        ("https://user@example.org", secret, "url"), ("https://", secret, "url"), ("example.org", secret, "url"),
        ("https://example.org/#x", secret, "url"), ("http://10.0.0.1/", secret, "url"),
        ("http://[::1]/", secret, "url"), ("https://example.org", "short", "secret"),
        ("https://example.org", "whsec_QUJD", "secret"),
    ]
    for (url, secret, field) in refused {
        let made = await problem { try await manager.createWebhook(Webhook(url: url, secret: secret)) }
        #expect(made?.status == 422 && made?.errors?.map(\.field) == [field], "\(url)")
    }
    #expect(try await manager.webhooks(WebhookQuery()).items.isEmpty)
}

extension EventQuery {
    init(_ change: (inout EventQuery) -> Void) {
        self.init()
        change(&self)
    }
}

extension SystemAlertQuery {
    init(_ change: (inout SystemAlertQuery) -> Void) {
        self.init()
        change(&self)
    }
}
