import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Stands between a store and a server of S3's protocol, and spoils what a test says.
final class FlakyS3: Sendable {
    struct Request: Sendable {
        /// From 0, over all connections.
        var number: Int
        var method: String
        var target: String
    }

    enum Fault: Sendable {
        case none
        /// Not passed on; answered with this status.
        case answer(Int)
        /// Passed on, but the connection is closed in place of the answer.
        case loseAnswer
        /// The connection is closed after so many bytes of the answer's body.
        case cut(Int)
        /// One bit of the answer's body is another.
        case flip
    }

    private let seen = Mutex<[Request]>([])
    private let upstream: Int
    private let fault: @Sendable (Request) -> Fault

    var requests: [Request] { seen.withLock { $0 } }

    private init(upstream: Int, fault: @escaping @Sendable (Request) -> Fault) {
        self.upstream = upstream
        self.fault = fault
    }

    /// Runs `body` with the port to connect to in place of `upstream`.
    static func with(
        upstream: Int, fault: @escaping @Sendable (Request) -> Fault, _ body: (FlakyS3, Int) async throws -> Void
    ) async throws {
        let flaky = FlakyS3(upstream: upstream, fault: fault)
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(flaky))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result<Void, any Error>
        do { result = .success(try await body(flaky, channel.localAddress?.port ?? 0)) } catch {
            result = .failure(error)
        }
        try await channel.close()
        try result.get()
    }

    private func note(_ head: HTTPRequestHead) -> Fault {
        let request = seen.withLock { seen in
            seen.append(Request(number: seen.count, method: head.method.rawValue, target: head.uri))
            return seen[seen.count - 1]
        }
        return fault(request)
    }

    private func pass(_ head: HTTPRequestHead, _ body: ByteBuffer) throws -> EventLoopFuture<HTTPClient.Response> {
        var headers = head.headers
        headers.remove(name: "content-length")
        headers.remove(name: "connection")
        let isRead = head.method == .GET || head.method == .HEAD
        let request = try HTTPClient.Request(
            url: "http://127.0.0.1:\(upstream)\(head.uri)", method: head.method, headers: headers,
            body: isRead ? nil : .byteBuffer(body))
        return HTTPClient.shared.execute(request: request)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart

        private let flaky: FlakyS3
        private var head: HTTPRequestHead?
        private var body = ByteBuffer()

        init(_ flaky: FlakyS3) { self.flaky = flaky }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): (self.head, body) = (head, ByteBuffer())
            case .body(var part): body.writeBuffer(&part)
            case .end:
                guard let head else { return }
                Self.answer(head, body, flaky, context.channel)
            }
        }

        private static func answer(
            _ head: HTTPRequestHead, _ body: ByteBuffer, _ flaky: FlakyS3, _ channel: any Channel
        ) {
            let fault = flaky.note(head)
            if case .answer(let status) = fault {
                let head = HTTPResponseHead(
                    version: .http1_1, status: .init(statusCode: status), headers: ["content-length": "0"])
                return write(head, ByteBuffer(), to: channel, closing: false)
            }
            guard let passed = try? flaky.pass(head, body) else { return channel.close(promise: nil) }
            passed.whenComplete { result in
                guard case .success(let response) = result else { return channel.close(promise: nil) }
                var content = response.body ?? ByteBuffer()
                var isClosing = false
                switch fault {
                case .loseAnswer: return channel.close(promise: nil)
                case .cut(let count):
                    content = content.getSlice(at: content.readerIndex, length: count) ?? content
                    isClosing = true
                case .flip:
                    let byte: UInt8 = content.getInteger(at: content.readerIndex) ?? 0
                    content.setInteger(byte ^ 1, at: content.readerIndex)
                case .none, .answer: break
                }
                let head = HTTPResponseHead(version: .http1_1, status: response.status, headers: response.headers)
                write(head, content, to: channel, closing: isClosing)
            }
        }

        private static func write(
            _ head: HTTPResponseHead, _ body: ByteBuffer, to channel: any Channel, closing: Bool
        ) {
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            let sent = channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(body)))
            if closing {
                sent.whenComplete { _ in channel.close(promise: nil) }
            } else {
                channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
            }
        }
    }
}
