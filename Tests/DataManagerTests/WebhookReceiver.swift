import AIBoxAPI
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

/// A receiver of webhooks that answers what a test says and keeps what it got.
final class WebhookReceiver: Sendable {
    struct Message: Sendable {
        var headers: HTTPFields
        var body: String

        var event: Event {
            get throws { try JSONDecoder().decode(Event.self, from: Data(body.utf8)) }
        }

        func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

        /// As Standard Webhooks tell a receiver to check it.
        func isSigned(with secret: String) -> Bool {
            guard let key = Data(base64Encoded: String(secret.dropFirst(6))), let id = header("webhook-id"),
                let time = header("webhook-timestamp"), let signature = header("webhook-signature"),
                let code = Data(base64Encoded: String(signature.dropFirst(3))), signature.hasPrefix("v1,")
            else { return false }
            return HMAC<SHA256>.isValidAuthenticationCode(
                code, authenticating: Data("\(id).\(time).\(body)".utf8), using: SymmetricKey(data: key))
        }
    }

    typealias Answer = @Sendable (Message) async throws -> Response

    private struct State {
        var messages: [Message] = []
        var answers: [Answer] = []
    }

    private let state = Mutex(State())

    var messages: [Message] { state.withLock { $0.messages } }

    /// The next answers, one each; after them 204.
    func answer(_ answers: Answer...) { state.withLock { $0.answers = answers } }

    func answer(statuses: [HTTPResponse.Status]) {
        state.withLock { $0.answers = statuses.map { status in { _ in Response(status: status) } } }
    }

    /// Runs `body` with the URL of the receiver.
    func run(_ body: @escaping @Sendable (_ url: String) async throws -> Void) async throws {
        let router = Router()
        router.post("hook") { request, _ in
            let buffer = try await request.body.collect(upTo: 1 << 20)
            let message = Message(headers: request.headers, body: String(buffer: buffer))
            let answer = self.state.withLock { state -> Answer? in
                state.messages.append(message)
                return state.answers.isEmpty ? nil : state.answers.removeFirst()
            }
            return try await answer?(message) ?? Response(status: .noContent)
        }
        try await Application(router: router, logger: .silent).test(.live) { client in
            try await body("http://127.0.0.1:\(client.port ?? 0)/hook?a=b")
        }
    }
}

/// A wall clock that a test moves.
final class WallClock: Sendable {
    private let time = Mutex(Timestamp.now + 1000)

    var now: Timestamp { time.withLock { $0 } }

    func advance(_ milliseconds: Int64) { time.withLock { $0 = $0 + milliseconds } }
}
