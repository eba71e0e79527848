import AIBoxAPI
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Stands on each connection between the HTTP decoder and the server, for what a handler cannot see from a
/// request: it answers `Expect: 100-continue`, ends bodies that arrive too slowly, tells a running request that its
/// client has gone, answers what is no HTTP with a problem, and closes a connection whose request was refused before
/// its body was read. It tells the census whether the connection waits for a request.
///
/// Such a close lingers: the rest of the body is dropped for a moment, because closing at once resets the
/// connection and the client would lose the answer that explains it.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Phase { case open, closing, lingering }

    /// An unread rest up to this size is read rather than paid for with a new connection.
    private static let tolerableRest = 65_536
    private static let lingering = TimeAmount.seconds(2)

    private let pace: BodyPace
    private let maximumBody: Int
    private let census: ConnectionCensus
    private var phase = Phase.open
    private var body: BodyProgress?
    private var isReadDemanded = false
    /// Requests whose answer has not ended. Several when the client sends ahead.
    private var unanswered = 0
    /// Whether the final head of the present answer has been written.
    private var isAnswering = false
    private var ticker: Scheduled<Void>?
    private var isInputClosed = false
    private var onClientGone: (@Sendable () -> Void)?

    init(pace: BodyPace, maximumBody: Int, census: ConnectionCensus) {
        self.pace = pace
        self.maximumBody = maximumBody
        self.census = census
    }

    func handlerAdded(context: ChannelHandlerContext) { census.enter(context.channel) }

    func handlerRemoved(context: ChannelHandlerContext) {
        census.leave(context.channel)
        ticker?.cancel()
        clientHasGone()
    }

    // MARK: What the client sends

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReadDemanded = false
        let part = unwrapInboundIn(data)
        guard phase != .lingering else {
            if case .end = part { context.close(promise: nil) }
            return
        }
        switch part {
        case .head(let head): begin(head, context: context)
        case .body(let bytes): body?.receive(bytes.readableBytes)
        case .end: endBody()
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if body != nil, ticker == nil { scheduleTick(context) }
        context.fireChannelReadComplete()
        if phase == .lingering { context.read() }
    }

    func read(context: ChannelHandlerContext) {
        isReadDemanded = true
        context.read()
    }

    private func begin(_ head: HTTPRequest, context: ChannelHandlerContext) {
        unanswered += 1
        if unanswered == 1 { census.beginRequest(context.channel) }
        let declared = head.headerFields[.contentLength].flatMap { Int($0) }
        body = BodyProgress(declared: declared)
        guard unanswered == 1, head.headerFields[.expect]?.lowercased() == "100-continue",
            declared ?? 0 <= maximumBody
        else { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    private func endBody() {
        body = nil
        ticker?.cancel()
        ticker = nil
    }

    private func scheduleTick(_ context: ChannelHandlerContext) {
        ticker = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(pace.tick)) {
            self.ticker = nil
            guard self.phase == .open, self.body != nil else { return }
            if self.body?.isTooSlow(self.pace, isDemanded: self.isReadDemanded) == true {
                context.fireErrorCaught(SlowRequestBody())
            } else {
                self.scheduleTick(context)
            }
        }
    }

    // MARK: A client that has gone

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ConnectionCensus.MakeRoom {
            return unanswered == 0 ? context.close(promise: nil) : census.stay(context.channel)
        }
        if case .some(.inputClosed) = event as? ChannelEvent {
            isInputClosed = true
            probe(context)
            if phase == .lingering { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        clientHasGone()
        context.fireChannelInactive()
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let watch = event as? ClientWatch else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        onClientGone = watch.onGone
        if !context.channel.isActive { clientHasGone() }
        if isInputClosed { probe(context) }
        promise?.succeed()
    }

    /// A client that has sent all it had (`shutdown(SHUT_WR)`) looks like one that has closed its socket, until
    /// something is sent to it: the system of one that is gone answers with a reset, which ends the channel. Every
    /// client has to take interim answers that it did not ask for (RFC 9110, section 15.2).
    private func probe(_ context: ChannelHandlerContext) {
        guard onClientGone != nil, unanswered > 0, !isAnswering else { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    private func clientHasGone() {
        isInputClosed = true
        onClientGone?()
        onClientGone = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError, unanswered == 0, phase == .open else {
            return context.fireErrorCaught(error)
        }
        refuse(error, context: context)
    }

    /// Answers bytes that never became a request, and closes.
    private func refuse(_ error: any Error, context: ChannelHandlerContext) {
        var problem = Problem(answering: error)
        problem.requestID = UUIDv7().description
        let response = Response.problem(problem, headers: [.connection: "close"])
        phase = .closing
        context.write(wrapOutboundOut(.head(response.head)), promise: nil)
        if let body = try? JSONBytes.encode(problem) { context.write(wrapOutboundOut(.body(body)), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }

    // MARK: What the server answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        if case .head(let head) = part { isAnswering = head.status.kind != .informational }
        switch part {
        case .head(var head) where isRefusingBody && head.status.kind != .informational:
            phase = .closing
            head.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            unanswered -= 1
            if unanswered == 0 { census.endRequests(context.channel) }
            isAnswering = false
            onClientGone = nil
            guard phase == .closing else { return context.write(data, promise: promise) }
            context.writeAndFlush(data, promise: promise)
            linger(context)
        default:
            context.write(data, promise: promise)
        }
    }

    /// Whether the answer that begins now belongs to a request much of whose body has not come.
    private var isRefusingBody: Bool {
        guard unanswered == 1, phase == .open, let body else { return false }
        return body.remaining ?? .max > Self.tolerableRest
    }

    private func linger(_ context: ChannelHandlerContext) {
        phase = .lingering
        guard !isInputClosed else { return context.close(promise: nil) }
        context.close(mode: .output, promise: nil)
        context.read()
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.lingering) {
            context.close(promise: nil)
        }
    }
}
