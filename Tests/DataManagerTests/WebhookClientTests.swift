import AIBoxAPI
import Foundation
import Hummingbird
import NIOCore
import NIOPosix
import ServiceHTTP
import Synchronization
import Testing

@testable import DataManager

@Suite(.timeLimit(.minutes(1))) struct WebhookClientTests {
    private func message(to url: String) throws -> WebhookMessage {
        let secret = "whsec_" + String(repeating: "A", count: 32)
        return WebhookMessage(
            id: UUIDv7(), body: "{}", address: try WebhookAddress(url),
            signature: try #require(WebhookSignature(secret: secret)))
    }

    private func rules(allowing networks: [String] = []) throws -> WebhookRules {
        var rules = WebhookRules()
        rules.allowed = try AddressList(networks)
        return rules
    }

    /// Each names this machine in a way of its own. The port has a receiver, which must not be reached.
    @Test(arguments: [
        "127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "0.0.0.0", "0", "[::]", "LOCALHOST", "localhost.",
    ])
    func nothingIsSentToThisMachineUnlessItIsAllowed(host: String) async throws {
        let receiver = WebhookReceiver()
        try await receiver.run { url in
            let port = try #require(URLComponents(string: url)?.port)
            let outcome = try await WebhookClient(self.rules()).send(self.message(to: "http://\(host):\(port)/hook"))
            #expect(outcome.status == nil && outcome.failure != nil)
        }
        #expect(receiver.messages.isEmpty)
    }

    @Test func nameIsJudgedByTheAddressThatIsConnectedTo() async throws {
        let receiver = WebhookReceiver()
        try await receiver.run { url in
            let port = try #require(URLComponents(string: url)?.port)
            var rules = try self.rules()
            let calls = Mutex(0)
            // Public at first, this machine from then on (DNS rebinding).
            rules.resolve = { _, port in
                let isFirst = calls.withLock { calls in
                    calls += 1
                    return calls == 1
                }
                return [try SocketAddress(ipAddress: isFirst ? "192.0.2.1" : "127.0.0.1", port: port)]
            }
            let client = try WebhookClient(rules)
            for _ in 0..<3 {
                let outcome = await client.send(try self.message(to: "http://rebinding.example:\(port)/hook"))
                #expect(outcome.failure?.contains("webhook_allow") == true)
            }
            #expect(calls.withLock { $0 } == 3)
        }
        #expect(receiver.messages.isEmpty)
    }

    @Test func forbiddenAddressesOfANameArePassedOver() async throws {
        let receiver = WebhookReceiver()
        try await receiver.run { url in
            let port = try #require(URLComponents(string: url)?.port)
            var rules = try self.rules(allowing: ["127.0.0.1"])
            rules.resolve = { _, port in
                try ["10.0.0.1", "169.254.169.254", "127.0.0.2", "127.0.0.1"].map {
                    try SocketAddress(ipAddress: $0, port: port)
                }
            }
            let outcome = try await WebhookClient(rules).send(self.message(to: "http://mixed.example:\(port)/hook"))
            #expect(outcome.isSuccess)
        }
        #expect(receiver.messages.first?.header("webhook-signature") != nil)
    }

    @Test func silentReceiverCostsNoMoreThanTheTimeout() async throws {
        let (receiver, clock) = (WebhookReceiver(), StillClock())
        let (got, source) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        receiver.answer { _ in
            source.finish()
            for await _ in released {}
            return Response(status: .ok)
        }
        try await receiver.run { url in
            var rules = try self.rules(allowing: ["127.0.0.1"])
            rules.clock = clock
            let client = try WebhookClient(rules)
            let message = try self.message(to: url)
            async let outcome = client.send(message)
            for await _ in got {}
            await clock.sleeper()
            clock.advance(by: .seconds(10))
            #expect(await outcome.failure == "no answer within 10.0 seconds")
            release.finish()
        }
    }

    @Test(arguments: ["", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200", "HTTP/1.1 abc OK\r\n\r\n"])
    func whatIsNoAnswerIsAFailure(bytes: String) async throws {
        let server = try await server(sending: bytes, closes: true)
        let port = try #require(server.localAddress?.port)
        let client = try WebhookClient(rules(allowing: ["127.0.0.1"]))
        let outcome = await client.send(try message(to: "http://127.0.0.1:\(port)/"))
        #expect(!outcome.isSuccess && outcome.failure != nil)
        try await server.close()
        let refused = await client.send(try message(to: "http://127.0.0.1:\(port)/"))
        #expect(refused.failure == "connection refused")
    }

    /// A receiver whose body never ends: had the client to have all of it, the attempt would fail after ten seconds.
    @Test func endlessAnswerIsNotWaitedFor() async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"
        let server = try await server(sending: head + String(repeating: " ", count: 1 << 17), closes: false)
        let port = try #require(server.localAddress?.port)
        let client = try WebhookClient(rules(allowing: ["127.0.0.1"]))
        #expect(await client.send(try message(to: "http://127.0.0.1:\(port)/")).isSuccess)
        try await server.close()
    }

    private func server(sending bytes: String, closes: Bool) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Greeting(bytes: bytes, closes: closes))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }
}

/// Sends some bytes once a request has come.
private final class Greeting: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let bytes: String
    private let closes: Bool

    init(bytes: String, closes: Bool) { (self.bytes, self.closes) = (bytes, closes) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: bytes)), promise: nil)
        if closes { context.close(promise: nil) }
    }
}

@Suite struct WebhookDestinationTests {
    @Test(arguments: [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255",
        "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
        "224.0.0.1", "239.255.255.255", "255.255.255.255", "::", "::1", "::ffff:8.8.8.8", "::ffff:127.0.0.1",
        "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1",
        "2001::1", "2001:db8::1", "2002:808:808::1", "3fff::1", "5f00::1",
    ])
    func specialAddressIsRefusedUnlessItIsAllowed(address: String) throws {
        let socket = try SocketAddress(ipAddress: address, port: 80)
        #expect(try WebhookDestinations(allowed: .none).refusal(of: socket) != nil)
        #expect(try WebhookDestinations(allowed: AddressList([address])).refusal(of: socket) == nil)
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "100.63.255.255", "172.15.0.1", "172.32.0.1", "192.167.255.255", "223.255.255.255",
        "2606:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888",
    ])
    func publicAddressIsTaken(address: String) throws {
        let socket = try SocketAddress(ipAddress: address, port: 443)
        #expect(try WebhookDestinations(allowed: .none).refusal(of: socket) == nil)
    }

    @Test(arguments: [
        ("https://example.org", true, "example.org", 443, "/", "example.org"),
        ("http://example.org:8080/a/b?c=d%20e", false, "example.org", 8080, "/a/b?c=d%20e", "example.org:8080"),
        ("HTTPS://Example.org:443/", true, "Example.org", 443, "/", "Example.org"),
        ("http://[2606:4700::1111]:81/x", false, "2606:4700::1111", 81, "/x", "[2606:4700::1111]:81"),
    ])
    func addressIsReadAsItIsUsed(
        _ url: String, _ isSecure: Bool, _ host: String, _ port: Int, _ target: String, _ authority: String
    ) throws {
        let address = try WebhookAddress(url)
        #expect(address.isSecure == isSecure && address.host == host && address.port == port)
        #expect(address.target == target && address.authority == authority)
    }

    @Test(arguments: [
        "", "x", "/a", "//example.org", "ftp://example.org", "file:///etc/passwd", "https://", "https:///a",
        "https://a:b@example.org", "https://a@example.org", "https://@example.org", "https://example.org#a",
        "https://example.org\\@other.org", "https://exa mple.org", "https://exämple.org",
        "https://example.org/\r\nx: y",
        "https://example.org:0", "https://example.org:65536", "https://example.org:x", "https://ex%61mple.org",
        "https://[fe80::1%25eth0]/", "gopher://example.org", "javascript:alert(1)",
        "https://example.org/" + String(repeating: "a", count: 2048),
    ])
    func urlThatIsNoneIsRefused(_ url: String) {
        #expect(throws: WebhookAddress.Refusal.self) { try WebhookAddress(url) }
    }

    /// The example of the Standard Webhooks specification.
    @Test func signatureIsThatOfTheSpecification() throws {
        let signature = try #require(WebhookSignature(secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let value = signature.value(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: #"{"test": 2432232314}"#)
        #expect(value == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        for secret in ["", "whsec_", "whsec_QUJD", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!!"] {
            #expect(WebhookSignature(secret: secret) == nil)
        }
    }

    @Test func pausesGrowToHalfADayAndEndAfterTenAttempts() {
        let pauses = (1...9).map { RetrySchedule.pause(after: $0, wish: nil, chance: 0.5) ?? .zero }
        #expect(pauses.prefix(3) == [.seconds(15), .seconds(45), .seconds(135)] && pauses[8] == .seconds(43_200))
        #expect(pauses.reduce(.zero, +) / .seconds(3600) > 24)
        #expect(RetrySchedule.pause(after: 10, wish: nil) == nil)
        #expect(RetrySchedule.pause(after: 1, wish: 3600) == .seconds(3600))
        #expect(RetrySchedule.pause(after: 1, wish: .max) == .seconds(86_400))
        #expect(RetrySchedule.pause(after: 1, wish: -5, chance: 0) == .seconds(13.5))
    }
}
