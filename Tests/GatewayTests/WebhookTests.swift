import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import DataManager
@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct WebhookTests {
    @Test func secretIsShownOnceAndTheRestCanBeChanged() async throws {
        try await withGateway { box in
            let client = try await box.client()
            let made = try await client.createWebhook(
                NewWebhook(url: "https://example.org/hook", events: [.deviceStatusChanged]))
            let secret = try #require(made.secret)
            #expect(Data(base64Encoded: String(secret.dropFirst(6)))?.count == 32 && secret.hasPrefix("whsec_"))
            #expect(made.isActive && made.description.isEmpty)
            let shown = try await client.webhook(made.id)
            #expect(shown.secret == nil && shown.url == made.url && shown.events == [.deviceStatusChanged])
            #expect(try await client.webhooks().items == [shown])
            let changed = try await client.updateWebhook(made.id, WebhookChange(description: "d", isActive: false))
            #expect(changed.description == "d" && !changed.isActive && changed.secret == nil)
            #expect(try await client.deliveries(ofWebhook: made.id).items.isEmpty)
            try await client.deleteWebhook(made.id)
            let gone = await #expect(throws: Problem.self) { try await client.webhook(made.id) }
            #expect(gone?.status == 404)
        }
    }

    @Test func receiverOnThisMachineIsRefusedAtCreationAndWhenItIsTested() async throws {
        try await withGateway { box in
            let client = try await box.client()
            for url in ["http://127.0.0.1:8000/", "http://[::1]/", "http://169.254.169.254/latest/meta-data"] {
                let problem = await #expect(throws: Problem.self) {
                    try await client.createWebhook(NewWebhook(url: url))
                }
                #expect(problem?.status == 422 && problem?.errors?.map(\.field) == ["url"])
            }
            let hidden = try await client.createWebhook(NewWebhook(url: "http://localhost:\(box.port)/"))
            let attempt = try await client.testWebhook(hidden.id)
            #expect(!attempt.succeeded && attempt.status == nil && attempt.error?.contains("webhook_allow") == true)
        }
    }

    @Test func alertsAreListedAndAcknowledgedByName() async throws {
        try await withGateway { box in
            let client = try await box.client()
            let alert = SystemAlert(kind: .diskLow, severity: .critical, message: "free space")
            _ = try await box.data.write { try alert.raise($0) }
            #expect(try await client.alerts().items.map(\.id) == [alert.id])
            let seen = try await client.acknowledgeAlert(alert.id)
            #expect(seen.state == .acknowledged && seen.acknowledgedBy == "admin")
            var open = SystemAlertQuery()
            open.state = .open
            #expect(try await client.alerts(open).items.isEmpty)
        }
    }

    @Test(arguments: Role.allCases)
    func rolesMayDoWhatTheContractSays(role: Role) async throws {
        try await withGateway { box in
            let client = try await box.client()
            let webhook = try await client.createWebhook(NewWebhook(url: "http://localhost:1/", isActive: false))
            let alert = SystemAlert(kind: .diskLow, severity: .critical, message: "free space")
            _ = try await box.data.write { try alert.raise($0) }
            let token = try await box.token(role)
            let (analysts, operators, admins): ([Role], [Role], [Role]) = (
                [.admin, .operator, .analyst], [.admin, .operator], [.admin]
            )
            let path = "/webhooks/\(webhook.id)"
            let steps: [(HTTPMethod, String, String?, Int, [Role])] = [
                (.GET, "/system/alerts", nil, 200, analysts),
                (.HEAD, "/system/events", nil, 200, analysts),
                (.POST, "/system/alerts/\(alert.id)/acknowledge", nil, 200, operators),
                (.GET, "/webhooks", nil, 200, operators), (.GET, path, nil, 200, operators),
                (.GET, "\(path)/deliveries", nil, 200, operators),
                (.POST, "/webhooks", #"{"url":"https://example.org"}"#, 201, admins),
                (.PATCH, path, #"{"description":"x"}"#, 200, admins), (.POST, "\(path)/test", nil, 200, admins),
                (.POST, "\(path)/deliveries/\(UUIDv7())/replay", nil, 404, admins), (.DELETE, path, nil, 204, admins),
            ]
            for (method, path, body, status, roles) in steps {
                let answer = try await box.call(
                    method, path, token: token, headers: body == nil ? [] : [Body.json],
                    body: body.map { ByteBuffer(string: $0) })
                #expect(answer.status == (roles.contains(role) ? status : 403), "\(method) \(path)")
            }
        }
    }
}
