import NIOCore
import Synchronization

/// Commands that go out together, and who waits for their replies.
struct RedisRequest: Sendable {
    typealias Outcome = Result<[RESPValue], KeyValueError>

    let bytes: ByteBuffer
    let replyCount: Int
    let deadline: NIODeadline
    let continuation: CheckedContinuation<Outcome, Never>
}

/// One connection. Requests of many callers are under way at once and are answered in their order (pipelining); those
/// that gather while the event loop is busy leave in one write.
final class RedisConnection: Sendable {
    /// What may be under way on one connection.
    struct Limits: Sendable {
        var requests = 8192
        var bytes = 64 << 20
    }

    private struct State {
        var waiting: [RedisRequest] = []
        var requests = 0
        var bytes = 0
        var isDraining = false
        /// Set once, when the connection has ended.
        var failure: KeyValueError?
        var hasHung = false
    }

    private let channel: any Channel
    private let limits: Limits
    private let state = Mutex(State())
    private let end: EventLoopPromise<Void>

    init(channel: any Channel, limits: Limits = Limits()) {
        self.channel = channel
        self.limits = limits
        end = channel.eventLoop.makePromise()
    }

    /// Completes when the connection has ended, for whatever reason.
    var closed: EventLoopFuture<Void> { end.futureResult }

    /// Requests that have no answer yet.
    var underWay: Int { state.withLock { $0.requests } }

    func close() { channel.close(promise: nil) }

    /// Sends `commands` together and returns one reply for each, error replies among them.
    ///
    /// - Throws: `.unavailable` and `.busy` when nothing was sent; `.outcomeUnknown` and `.timeout` when it may have
    ///   been executed. After a timeout the connection is closed: replies come in order, so that none would follow.
    func send(_ commands: [RESPCommand], within timeout: Duration) async throws(KeyValueError) -> [RESPValue] {
        var bytes = ByteBuffer()
        if let only = commands.first, commands.count == 1 {
            bytes = only.bytes
        } else {
            bytes.reserveCapacity(commands.reduce(0) { $0 + $1.bytes.readableBytes })
            for command in commands { bytes.writeImmutableBuffer(command.bytes) }
        }
        let (packet, count) = (bytes, commands.count)
        return try await withCheckedContinuation { continuation in
            enqueue(
                RedisRequest(
                    bytes: packet, replyCount: count, deadline: .now() + TimeAmount(timeout),
                    continuation: continuation))
        }.get()
    }

    private func enqueue(_ request: RedisRequest) {
        let size = request.bytes.readableBytes
        let (refusal, startsDraining) = state.withLock { state -> (KeyValueError?, Bool) in
            if let failure = state.failure { return (failure, false) }
            guard state.requests < limits.requests, state.bytes + size <= limits.bytes else {
                return (KeyValueError(.busy, "Too many calls of Redis are under way."), false)
            }
            state.requests += 1
            state.bytes += size
            state.waiting.append(request)
            defer { state.isDraining = true }
            return (nil, !state.isDraining)
        }
        if let refusal { return request.continuation.resume(returning: .failure(refusal)) }
        if startsDraining { channel.eventLoop.execute { self.drain() } }
    }

    private func drain() {
        let requests = state.withLock { state in
            state.isDraining = false
            defer { state.waiting = [] }
            return state.waiting
        }
        guard !requests.isEmpty else { return }
        channel.writeAndFlush(requests, promise: nil)
    }

    /// Called by the handler when a request left the connection, answered or not.
    func finished(_ request: RedisRequest) {
        state.withLock { state in
            state.requests -= 1
            state.bytes -= request.bytes.readableBytes
        }
    }

    /// Whether it ended because an answer did not come in time.
    var hasHung: Bool { state.withLock { $0.hasHung } }

    /// Called by the handler when the connection has ended: what was never sent fails as such.
    func ended(_ reason: KeyValueError) {
        let failure = KeyValueError(reason.code == .denied ? .denied : .unavailable, reason.message)
        let requests = state.withLock { state in
            state.failure = failure
            state.hasHung = reason.code == .timeout
            defer { state.waiting = [] }
            return state.waiting
        }
        for request in requests { request.continuation.resume(returning: .failure(failure)) }
        end.succeed()
    }
}
