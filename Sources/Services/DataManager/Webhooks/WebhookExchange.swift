import NIOCore
import NIOHTTP1

/// Writes one request as soon as it stands in the pipeline, reads the answer to its end, and closes the connection.
final class WebhookExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    struct Request: Sendable {
        let head: HTTPRequestHead
        let body: ByteBuffer
    }

    struct ClosedEarly: Error, CustomStringConvertible {
        let description = "closed the connection without an answer"
    }

    /// Bytes of an answer's body that are read; they are dropped, the status says it all.
    private static let bodyLimit = 65_536

    private let request: Request
    private let answer: EventLoopPromise<WebhookOutcome>
    private var outcome: WebhookOutcome?
    private var bodyBytes = 0

    init(_ request: Request, _ answer: EventLoopPromise<WebhookOutcome>) {
        (self.request, self.answer) = (request, answer)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard context.channel.isActive else { return answer.fail(ClosedEarly()) }
        context.write(wrapOutboundOut(.head(request.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(request.body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            let retryAfter = head.headers.first(name: "Retry-After").flatMap { Int($0) }
            outcome = WebhookOutcome(status: Int(head.status.code), retryAfter: retryAfter)
        case .body(let bytes):
            bodyBytes += bytes.readableBytes
            if bodyBytes > Self.bodyLimit { finish(context) }
        case .end: finish(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A receiver that breaks the connection after its status has said what it had to.
        if outcome == nil { answer.fail(error) }
        finish(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(context)
        context.fireChannelInactive()
    }

    private func finish(_ context: ChannelHandlerContext) {
        if let outcome { answer.succeed(outcome) } else { answer.fail(ClosedEarly()) }
        context.close(promise: nil)
    }
}
