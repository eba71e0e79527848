import NIOCore
import NIOSSL

/// Writes requests, reads replies and gives them to the requests in their order; ends the connection when the oldest
/// request is not answered in time.
final class RedisChannelHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = [RedisRequest]
    typealias OutboundOut = ByteBuffer

    private let connection: RedisConnection
    private var parser: RESPParser
    private var pending = CircularBuffer<RedisRequest>()
    /// Replies of the first of `pending`.
    private var replies: [RESPValue] = []
    private var watch: (deadline: NIODeadline, task: Scheduled<Void>)?
    private var hasEnded = false

    init(connection: RedisConnection, limits: RESPParser.Limits = RESPParser.Limits()) {
        self.connection = connection
        parser = RESPParser(limits: limits)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let requests = unwrapOutboundIn(data)
        for request in requests { pending.append(request) }
        if requests.count == 1 {
            context.write(wrapOutboundOut(requests[0].bytes), promise: promise)
        } else {
            var buffer = context.channel.allocator.buffer(
                capacity: requests.reduce(0) { $0 + $1.bytes.readableBytes })
            for request in requests { buffer.writeImmutableBuffer(request.bytes) }
            context.write(wrapOutboundOut(buffer), promise: promise)
        }
        watchOldest(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        parser.append(&bytes)
        do {
            while let reply = try parser.next() { try deliver(reply) }
        } catch {
            fail(context, error)
        }
    }

    private func deliver(_ reply: RESPValue) throws(KeyValueError) {
        guard let request = pending.first else {
            throw KeyValueError(.protocolViolation, "Redis answered what was not asked.")
        }
        replies.append(reply)
        guard replies.count == request.replyCount else { return }
        pending.removeFirst()
        connection.finished(request)
        request.continuation.resume(returning: .success(replies))
        replies = []
    }

    /// Sees to it that somebody looks when the oldest request's time is over. Timers are few: one that is due earlier,
    /// for a request that was answered since, does for the next one too.
    private func watchOldest(_ context: ChannelHandlerContext) {
        guard let deadline = pending.first?.deadline, deadline < watch?.deadline ?? .distantFuture else { return }
        watch?.task.cancel()
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.watch = nil
            guard let oldest = self.pending.first else { return }
            guard oldest.deadline <= .now() else { return self.watchOldest(context) }
            self.fail(context, KeyValueError(.timeout, "Redis did not answer in time."))
        }
        watch = (deadline, task)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(context, Self.translated(error))
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(KeyValueError(.outcomeUnknown, "The connection to Redis broke."))
        context.fireChannelInactive()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        end(KeyValueError(.outcomeUnknown, "The connection to Redis was closed."))
        context.close(mode: mode, promise: promise)
    }

    private func fail(_ context: ChannelHandlerContext, _ error: KeyValueError) {
        end(error)
        context.close(promise: nil)
    }

    /// Nobody waits any longer. The channel itself may take its time: TLS says goodbye to a server that hangs.
    private func end(_ error: KeyValueError) {
        guard !hasEnded else { return }
        hasEnded = true
        watch?.task.cancel()
        let lost = pending
        pending.removeAll()
        connection.ended(error)
        for request in lost { request.continuation.resume(returning: .failure(error)) }
    }

    private static func translated(_ error: any Error) -> KeyValueError {
        switch error {
        case let error as KeyValueError: error
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            KeyValueError(.denied, "TLS with Redis failed: \(error)")
        default: KeyValueError(.outcomeUnknown, "The connection to Redis broke: \(error)")
        }
    }
}
