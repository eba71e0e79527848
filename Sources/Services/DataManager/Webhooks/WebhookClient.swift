import AIBoxAPI
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Sends one message over a connection of its own, to an address that was judged before.
///
/// The name is looked up once and the connection made to the very addresses that were judged; no redirect is followed
/// and no proxy used.
struct WebhookClient: Sendable {
    private struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    private struct TimedOut: Error {}

    private static let connectTimeout = TimeAmount.seconds(5)

    let destinations: WebhookDestinations
    let rules: WebhookRules
    private let tls: NIOSSLContext

    init(_ rules: WebhookRules) throws {
        self.rules = rules
        destinations = try WebhookDestinations(allowed: rules.allowed)
        var configuration = TLSConfiguration.makeClientConfiguration()
        if !rules.authorities.isEmpty {
            configuration.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMBytes(rules.authorities))]
        }
        tls = try NIOSSLContext(configuration: configuration)
    }

    /// Never throws: a failure is an outcome.
    func send(_ message: WebhookMessage) async -> WebhookOutcome {
        let start = ContinuousClock.now
        var outcome: WebhookOutcome
        do {
            outcome = try await withTimeout { try await exchange(message) }
        } catch is TimedOut {
            outcome = WebhookOutcome(failure: "no answer within \(rules.timeout)")
        } catch {
            outcome = WebhookOutcome(failure: Self.words(for: error))
        }
        outcome.durationMS = ((ContinuousClock.now - start) / .microseconds(10)).rounded() / 100
        return outcome
    }

    private func exchange(_ message: WebhookMessage) async throws -> WebhookOutcome {
        let addresses = try await rules.resolve(message.address.host, message.address.port)
        let permitted = addresses.filter { destinations.refusal(of: $0) == nil }
        guard !permitted.isEmpty else {
            throw Refused(description: addresses.first.flatMap { destinations.refusal(of: $0) } ?? "no address")
        }
        var failure: any Error = Refused(description: "no address")
        for address in permitted {
            try Task.checkCancellation()
            do {
                return try await post(message, to: address)
            } catch  where error is NIOConnectionError || error is IOError || Self.isConnectTimeout(error) {
                failure = error
            }
        }
        throw failure
    }

    private func post(_ message: WebhookMessage, to address: SocketAddress) async throws -> WebhookOutcome {
        let (tls, host) = (message.address.isSecure ? tls : nil, message.address.host)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(Self.connectTimeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let name = (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                }
            }
            .connect(to: address).get()
        let answer = channel.eventLoop.makePromise(of: WebhookOutcome.self)
        let request = request(message)
        return try await withTaskCancellationHandler {
            channel.eventLoop.execute {
                do {
                    try channel.pipeline.syncOperations.addHandler(WebhookExchange(request, answer))
                } catch {
                    answer.fail(error)
                    channel.close(promise: nil)
                }
            }
            return try await answer.futureResult.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    private func request(_ message: WebhookMessage) -> WebhookExchange.Request {
        let seconds = rules.now().milliseconds / 1000
        let signature = message.signature.value(id: message.id.description, seconds: seconds, body: message.body)
        let headers: HTTPHeaders = [
            "Host": message.address.authority, "Content-Type": "application/cloudevents+json; charset=utf-8",
            "Content-Length": String(message.body.utf8.count), "User-Agent": "aibox/\(AIBoxVersion.current)",
            "Connection": "close", "webhook-id": message.id.description, "webhook-timestamp": String(seconds),
            "webhook-signature": signature,
        ]
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: message.address.target, headers: headers)
        return WebhookExchange.Request(head: head, body: ByteBuffer(string: message.body))
    }

    private func withTimeout(
        _ work: @escaping @Sendable () async throws -> WebhookOutcome
    ) async throws -> WebhookOutcome {
        try await withThrowingTaskGroup(of: WebhookOutcome.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await rules.clock.sleep(for: rules.timeout)
                throw TimedOut()
            }
            defer { group.cancelAll() }
            guard let outcome = try await group.next() else { throw CancellationError() }
            return outcome
        }
    }

    private static func isConnectTimeout(_ error: any Error) -> Bool {
        if case .connectTimeout = error as? ChannelError { true } else { false }
    }

    /// Short, for the list of deliveries; nothing of what a receiver has sent stands in it.
    private static func words(for error: any Error) -> String {
        switch error {
        case let error as Refused: error.description
        case let error as HostLookup.Failure: error.description
        case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
        case is NIOSSLError, is BoringSSLError: "TLS failed: \(String(describing: error).prefix(200))"
        case is HTTPParserError: "answered what is no HTTP"
        case is ChannelError where isConnectTimeout(error): "no connection within 5 seconds"
        case is CancellationError: "stopped"
        default: String(String(describing: error).prefix(200))
        }
    }
}
