import AIBoxAPI
import Logging
import Storage
import Synchronization

/// Publishes events somewhere else, in order, and returns when they are there. It is called again with the same events
/// when it throws, and may be after a restart: whoever reads them tells repetitions by their `id`.
public typealias EventSink = @Sendable ([Event]) async throws -> Void

/// Passes every event on to a sink, at least once, in the order of their sequence. Of several processes one does it.
///
/// The position moves on after the events are there. Nobody who writes waits for the sink: while it is away the events
/// stay in the database, and readers are told how many.
final class EventRelay: Sendable {
    static let batchLimit = 500
    private static let batchGrowth = 32
    /// After the end of a process without farewell, the next one waits this long. Far longer than a batch takes.
    private static let lease = Duration.seconds(10)
    private static let pauses = Duration.milliseconds(250)...Duration.seconds(5)
    /// A failure that lasts longer than this is told.
    private static let patience = Duration.seconds(5)
    private static let alarm = 3

    private struct State {
        /// As far as events are passed on.
        var position: Int64 = 0
        /// Events of the next batch. Halved by a failure and slowly larger again, so that one that takes too long for the
        /// sink is not tried for ever.
        var batchSize = EventRelay.batchLimit
        /// Whether the last attempt was a success.
        var isSound = false
        /// Failures in a row, and the first of them.
        var failures = 0
        var failureStart: Timestamp?
    }

    /// What became of an attempt to pass on what there is.
    enum Outcome: Equatable {
        case upToDate
        /// Another process does it.
        case elsewhere
        case failed(pause: Duration)
    }

    private let database: any SQLDatabase
    private let feed: EventFeed
    private let sink: EventSink
    private let logger: Logger
    private let consumer = EventConsumerRows(name: "redis-relay")
    private let holder = UUIDv7()
    private let now: @Sendable () -> Timestamp
    private let metrics = RelayMetrics()
    private let state = Mutex(State())

    init(
        _ database: any SQLDatabase, _ feed: EventFeed, sink: @escaping EventSink, _ logger: Logger,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        (self.database, self.feed, self.sink, self.logger, self.now) = (database, feed, sink, logger, now)
    }

    /// Since when events are not passed on, if that has lasted for a while.
    var failingSince: Timestamp? {
        guard let start = state.withLock({ $0.failureStart }), start.advanced(by: Self.patience) <= now() else {
            return nil
        }
        return start
    }

    /// How many events are stored and not passed on, by whichever process does it.
    func behind() async throws -> Int64 {
        let behind = try await database.read { [consumer] in try EventRows.last($0) - consumer.position($0) }
        metrics.behind.record(behind)
        return behind
    }

    /// Works until it is cancelled, and gives up the lease then.
    func run() async {
        while !Task.isCancelled {
            switch await advance() {
            case .upToDate: await feed.change(after: state.withLock { $0.position }, within: .seconds(1))
            case .elsewhere: try? await Task.sleep(for: .seconds(1))
            case .failed(let pause): try? await Task.sleep(for: pause)
            }
        }
        try? await database.write { [consumer, holder] in try consumer.release(holder, $0) }
    }

    /// Passes on what there is.
    func advance() async -> Outcome {
        do {
            while let (batch, isOurs) = try await next() {
                if isOurs {
                    if !batch.events.isEmpty { try await sink(batch.events) }
                    metrics.relayed.increment(by: batch.events.count)
                    state.withLock { $0.batchSize = min(Self.batchLimit, $0.batchSize + Self.batchGrowth) }
                    try await move(to: batch.next)
                } else if try await !takeLease() {
                    return .elsewhere
                }
            }
            try await succeeded()
            return .upToDate
        } catch {
            return .failed(pause: await note(error))
        }
    }

    /// What is to be passed on next, as it is while this process has the lease, or has not.
    private func next() async throws -> (batch: EventBatch, isOurs: Bool)? {
        let (consumer, holder, renewal) = (consumer, holder, now().advanced(by: Self.lease / 2))
        let limit = state.withLock { $0.batchSize }
        let (position, page, isOurs) = try await database.read { db in
            let position = try consumer.position(db)
            let page = try EventRows.page(after: position, limit: limit, db)
            return (position, page, try consumer.isLeased(to: holder, until: renewal, db))
        }
        if isOurs { for reason in page.passedOver { Self.tell(passedOver: reason, logger) } }
        if !page.batch.events.isEmpty || page.batch.next > position { return (page.batch, isOurs) }
        state.withLock { $0.position = page.batch.next }
        return nil
    }

    /// Of a row that is no event, or none that this version knows.
    static func tell(passedOver reason: String, _ logger: Logger) {
        logger.error(
            "an event that cannot be read is passed over; it stays in the table", metadata: ["error": "\(reason)"])
    }

    private func takeLease() async throws -> Bool {
        let (consumer, holder, now) = (consumer, holder, now())
        return try await database.write {
            try consumer.lease(to: holder, at: now, until: now.advanced(by: Self.lease), $0)
        }
    }

    /// Notes that events are there, and keeps the lease unless another process has taken it.
    private func move(to sequence: Int64) async throws {
        let (consumer, holder, now) = (consumer, holder, now())
        try await database.write { db in
            try consumer.advance(to: sequence, db)
            _ = try consumer.lease(to: holder, at: now, until: now.advanced(by: Self.lease), db)
        }
    }

    private func succeeded() async throws {
        metrics.behind.record(0)
        let (isNews, failures) = state.withLock { state in
            defer { state = State(position: state.position, batchSize: state.batchSize, isSound: true) }
            return (!state.isSound, state.failures)
        }
        guard isNews else { return }
        if failures > 0 { logger.info("events are passed on again", metadata: ["failures": "\(failures)"]) }
        // The alert may be that of a process before this one.
        guard try await database.read({ try SystemAlert.isUnresolved(.relayFailed, $0) }) else { return }
        try await database.write { try SystemAlert.resolve(.relayFailed, $0) }
    }

    /// The pause doubles with each failure in a row.
    private func note(_ error: any Error) async -> Duration {
        guard !Task.isCancelled else { return .zero }
        metrics.failures.increment()
        let now = now()
        let failures = state.withLock {
            $0.failures += 1
            $0.isSound = false
            $0.batchSize = max(1, $0.batchSize / 2)
            $0.failureStart = $0.failureStart ?? now
            return $0.failures
        }
        if failures == 1 { logger.warning("events cannot be passed on", metadata: ["error": "\(error)"]) }
        if failures == Self.alarm {
            let alert = SystemAlert(
                kind: .relayFailed, severity: .warning, message: "Events cannot be passed on; the log says why.")
            try? await database.write { _ = try alert.raise($0) }
        }
        _ = try? await behind()
        return min(Self.pauses.lowerBound * (1 << min(failures - 1, 10)), Self.pauses.upperBound)
    }
}

extension Timestamp {
    func advanced(by time: Duration) -> Timestamp {
        Timestamp(milliseconds: milliseconds + Int64(time / .milliseconds(1)))
    }
}
