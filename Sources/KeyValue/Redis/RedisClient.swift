import Logging
import NIOCore
import Synchronization

/// Connections to one Redis, kept by `run()`: made in the background, made again when they break, with a circuit
/// breaker in front (`RedisAvailability`), so that callers pay for an outage once and little.
public final class RedisClient: Sendable {
    private typealias Waiter = CheckedContinuation<Result<RedisConnection, KeyValueError>, Never>

    private struct State {
        var availability = RedisAvailability<RedisConnection>()
        var waiters: [Waiter] = []
        var lastFailure: KeyValueError?
    }

    let configuration: RedisConfiguration
    let metrics = KeyValueMetrics()
    private let connector: RedisConnector
    private let group: any EventLoopGroup
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter group: where the connections live; it outlives the client.
    /// - Throws: `.invalid` when the file of authorities cannot be read.
    public init(
        _ configuration: RedisConfiguration, group: any EventLoopGroup, logger: Logger
    ) throws(KeyValueError) {
        self.configuration = configuration
        self.group = group
        self.logger = logger
        connector = try RedisConnector(configuration, group: group)
    }

    /// Keeps the connections until the task is cancelled, then closes them. Without it every call fails.
    public func run() async {
        var attempts = 0
        while !Task.isCancelled, !isClosed {
            let start = ContinuousClock.now
            await keepConnected()
            if ContinuousClock.now - start > .seconds(2) { attempts = 0 }
            try? await Task.sleep(for: backoff(after: attempts))
            attempts += 1
        }
        close()
    }

    /// Ends the connections and what waits for them. There is no way back.
    public func close() {
        let (connections, waiters) = state.withLock { state in
            defer { state.waiters = [] }
            return (state.availability.close(), state.waiters)
        }
        Self.close(connections)
        resume(waiters, .failure(KeyValueError(.closed, "The connection to Redis was closed.")))
    }

    /// Whether calls fail at once because Redis is away, and why.
    public var outage: KeyValueError? {
        state.withLock { state in
            if case .away(let error) = state.availability.phase { return error }
            return nil
        }
    }

    /// Requests that have no answer yet.
    var underWay: Int {
        state.withLock { state in
            guard case .ready(let connections) = state.availability.phase else { return 0 }
            return connections.reduce(0) { $0 + $1.underWay }
        }
    }

    /// A connection for one user alone, for commands that block. The caller closes it.
    func makeConnection() async throws(KeyValueError) -> RedisConnection {
        try await connector.connect(1)[0]
    }

    /// Sends `commands` together on one connection; returns one reply for each, error replies among them.
    ///
    /// - Parameter isIdempotent: executing it twice does no harm, so that it is repeated once when a connection breaks.
    func send(
        _ commands: [RESPCommand], isIdempotent: Bool, within timeout: Duration? = nil
    ) async throws(KeyValueError) -> [RESPValue] {
        let timeout = timeout ?? configuration.callTimeout
        let replies: [RESPValue]
        do {
            replies = try await attempt(commands, within: timeout)
        } catch {
            guard error.code == .unavailable || (isIdempotent && error.code == .outcomeUnknown), outage == nil else {
                throw error
            }
            replies = try await attempt(commands, within: timeout)
        }
        return replies
    }

    /// Sends one command and returns its reply, which is no error.
    func call(_ command: RESPCommand, isIdempotent: Bool) async throws(KeyValueError) -> RESPValue {
        let reply = try await send([command], isIdempotent: isIdempotent)[0]
        guard case .error(let text) = reply else { return reply }
        throw KeyValueError(reply: text)
    }

    private func attempt(_ commands: [RESPCommand], within timeout: Duration) async throws(KeyValueError) -> [RESPValue]
    {
        let connection = try await connection()
        do {
            let replies = try await connection.send(commands, within: timeout)
            if replies.contains(where: Self.tellsOfAnotherMaster) { lost(connection) }
            return replies
        } catch {
            if error.code != .busy { lost(connection) }
            throw error
        }
    }

    /// After a fail-over the old master may still be there, as a replica.
    private static func tellsOfAnotherMaster(_ reply: RESPValue) -> Bool {
        guard case .error(let text) = reply else { return false }
        return text.hasPrefix("READONLY")
    }

    private func connection() async throws(KeyValueError) -> RedisConnection {
        try await withCheckedContinuation { (waiter: Waiter) in
            let (outcome, patienceRound) = state.withLock { state in admit(waiter, &state) }
            if let outcome { waiter.resume(returning: outcome) }
            if let patienceRound { limitPatience(round: patienceRound) }
        }.get()
    }

    /// - Returns: what the caller gets at once, or the round for which patience begins with the first who waits.
    private func admit(_ waiter: Waiter, _ state: inout State) -> (Result<RedisConnection, KeyValueError>?, Int?) {
        switch state.availability.admit() {
        case .go(let connection): return (.success(connection), nil)
        case .fail(let error): return (.failure(error), nil)
        case .wait:
            guard state.waiters.count < configuration.waitingLimit else {
                return (.failure(KeyValueError(.busy, "Too many calls wait for Redis.")), nil)
            }
            state.waiters.append(waiter)
            return (nil, state.waiters.count == 1 ? state.availability.round : nil)
        }
    }

    private func limitPatience(round: Int) {
        _ = group.next().scheduleTask(in: TimeAmount(configuration.connectPatience)) { self.impatient(round) }
    }

    private func impatient(_ round: Int) {
        let (error, waiters) = state.withLock { state -> (KeyValueError, [Waiter]) in
            let error = state.lastFailure ?? KeyValueError(.unavailable, "There is no connection to Redis.")
            guard state.availability.impatient(round: round, error: error) else { return (error, []) }
            defer { state.waiters = [] }
            return (error, state.waiters)
        }
        if !waiters.isEmpty { metrics.broke() }
        resume(waiters, .failure(error))
    }

    /// Connects and returns when the connections are lost, or could not be made.
    private func keepConnected() async {
        do {
            let connections = try await connector.connect(configuration.connections)
            guard accept(connections) else { return Self.close(connections) }
            logger.info("Redis is connected", metadata: ["redis.address": "\(configuration)"])
            await withTaskCancellationHandler {
                await withTaskGroup { group in
                    for connection in connections { group.addTask { try? await connection.closed.get() } }
                    await group.next()
                    self.lost(connections[0])
                }
            } onCancel: {
                Self.close(connections)
            }
        } catch {
            failed(error)
        }
    }

    /// - Returns: whether the connections are in use now.
    private func accept(_ connections: [RedisConnection]) -> Bool {
        let (isAccepted, waiters) = state.withLock { state in
            state.lastFailure = nil
            defer { state.waiters = [] }
            return (state.availability.connected(connections), state.waiters)
        }
        guard isAccepted else { return false }
        metrics.connected()
        for (index, waiter) in waiters.enumerated() {
            waiter.resume(returning: .success(connections[index % connections.count]))
        }
        return true
    }

    private func failed(_ error: KeyValueError) {
        let isNews = state.withLock { state in
            defer { state.lastFailure = error }
            state.availability.failed(error)
            return state.lastFailure != error
        }
        if isNews { logger.warning("Redis is away", metadata: ["redis.reason": "\(error)"]) }
    }

    /// Gives up all connections if `connection` is one of those in use.
    private func lost(_ connection: RedisConnection) {
        let connections = state.withLock { state -> [RedisConnection] in
            guard case .ready(let current) = state.availability.phase, current.contains(where: { $0 === connection })
            else { return [] }
            return state.availability.lost(hung: current.contains(where: \.hasHung))
        }
        Self.close(connections)
        if !connections.isEmpty, outage != nil { metrics.broke() }
    }

    private var isClosed: Bool {
        state.withLock { state in
            if case .closed = state.availability.phase { return true }
            return false
        }
    }

    /// Doubles from 10 ms to the longest, with up to half of it by chance, so that instances do not come back at once.
    private func backoff(after attempts: Int) -> Duration {
        let longest = min(.milliseconds(10) * (1 << min(attempts, 20)), configuration.longestBackoff)
        return longest * Double.random(in: 0.5...1)
    }

    private static func close(_ connections: [RedisConnection]) {
        for connection in connections { connection.close() }
    }

    private func resume(_ waiters: [Waiter], _ outcome: Result<RedisConnection, KeyValueError>) {
        for waiter in waiters { waiter.resume(returning: outcome) }
    }
}
