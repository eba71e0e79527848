import Logging

/// How a consumer of a group works.
public struct StreamConsumption: Sendable {
    public let group: String
    /// Unique within the group; the same after a restart.
    public let consumer: String
    /// An entry that nobody has acknowledged for this long is taken over. Longer than the handler takes for one entry.
    public var lease = Duration.seconds(30)
    /// Entries read at once.
    public var batch = 100
    /// After so many deliveries an entry is a dead letter.
    public var deliveryLimit = 5
    /// Where a group begins that is not there yet.
    public var start = RedisStream.Start.beginning

    public init(group: String, consumer: String) {
        self.group = group
        self.consumer = consumer
    }
}

/// One consumer: reads new entries on a connection of its own, takes over what others left, gives each to the handler,
/// acknowledges what the handler returned from, and puts aside what fails time after time.
struct StreamConsumer: Sendable {
    /// The longest pause after a failure.
    private static let longestPause = Duration.seconds(1)

    let stream: RedisStream
    let consumption: StreamConsumption
    let logger: Logger
    let handler: @Sendable (StreamEntry) async throws -> Void

    /// Works until the task is cancelled; failures of Redis are waited out.
    func run() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                let connection = try await stream.client.makeConnection()
                try await withTaskCancellationHandler {
                    defer { connection.close() }
                    try await stream.createGroup(consumption.group, from: consumption.start)
                    failures = 0
                    try await work(on: connection)
                } onCancel: {
                    connection.close()
                }
            } catch {
                guard !Task.isCancelled else { return }
                failures += 1
                if failures == 1 {
                    logger.warning(
                        "A stream cannot be read", metadata: ["stream": "\(stream.name)", "reason": "\(error)"])
                }
                let pause = min(.milliseconds(10) * (1 << min(failures, 10)), Self.longestPause)
                try? await Task.sleep(for: pause * Double.random(in: 0.5...1))
            }
        }
    }

    private func work(on connection: RedisConnection) async throws(KeyValueError) {
        var claimedAt: ContinuousClock.Instant?
        while !Task.isCancelled {
            if claimedAt.map({ ContinuousClock.now - $0 > consumption.lease / 2 }) ?? true {
                try await takeOver()
                claimedAt = .now
            }
            try await handle(read(on: connection))
        }
    }

    /// Handles everything that lies idle.
    private func takeOver() async throws(KeyValueError) {
        var cursor = StreamID.zero
        repeat {
            let (entries, next) = try await stream.claim(
                group: consumption.group, consumer: consumption.consumer, idle: consumption.lease, from: cursor,
                count: consumption.batch)
            try await handle(entries)
            cursor = next
        } while cursor != .zero && !Task.isCancelled
    }

    /// New entries; none when there were none for a while.
    private func read(on connection: RedisConnection) async throws(KeyValueError) -> [StreamEntry] {
        let patience = min(consumption.lease / 2, .seconds(5))
        let milliseconds: Int64 = try KeyValueLimits.milliseconds(patience)
        let command = RESPCommand(
            "XREADGROUP", "GROUP", .text(consumption.group), .text(consumption.consumer), "COUNT",
            .number(min(max(1, consumption.batch), RedisStream.batchLimit)), "BLOCK", .number(milliseconds), "STREAMS",
            .text(stream.key), ">")
        let reply = try await connection.send([command], within: patience + .seconds(2))[0]
        switch reply {
        case .null: return []
        case .error(let text): throw KeyValueError(reply: text)
        default:
            guard let entries = reply.array?.first?.array?.last?.array else { throw .unexpected("XREADGROUP") }
            return try RedisStream.entries(entries, Array(repeating: .integer(1), count: entries.count))
        }
    }

    /// Gives entries to the handler, one after the other; what lasts longer than a part of the lease is renewed.
    private func handle(_ entries: [StreamEntry]) async throws(KeyValueError) {
        var handled: [StreamID] = []
        var renewedAt = ContinuousClock.now
        for (index, entry) in entries.enumerated() where !Task.isCancelled {
            if ContinuousClock.now - renewedAt > consumption.lease / 4 {
                try await acknowledge(&handled)
                try await stream.renew(
                    entries[index...].map(\.id), group: consumption.group, consumer: consumption.consumer)
                renewedAt = .now
            }
            if try await handle(entry) { handled.append(entry.id) }
        }
        try await acknowledge(&handled)
    }

    private func acknowledge(_ handled: inout [StreamID]) async throws(KeyValueError) {
        try await stream.acknowledge(handled, group: consumption.group)
        handled = []
    }

    /// - Returns: whether it was handled and is to be acknowledged.
    private func handle(_ entry: StreamEntry) async throws(KeyValueError) -> Bool {
        guard entry.deliveries <= consumption.deliveryLimit else {
            try await bury(entry, "given out \(entry.deliveries - 1) times and never acknowledged")
            return false
        }
        do {
            try await handler(entry)
            return true
        } catch {
            guard !Task.isCancelled else { return false }
            logger.warning(
                "An event was not handled",
                metadata: [
                    "stream": "\(stream.name)", "event.id": "\(entry.event.id)", "reason": "\(error)",
                    "deliveries": "\(entry.deliveries)",
                ])
            if entry.deliveries >= consumption.deliveryLimit { try await bury(entry, "\(error)") }
            return false
        }
    }

    private func bury(_ entry: StreamEntry, _ reason: String) async throws(KeyValueError) {
        logger.error(
            "An event is a dead letter",
            metadata: ["stream": "\(stream.name)", "event.id": "\(entry.event.id)", "reason": "\(reason)"])
        try await stream.bury(entry, group: consumption.group, reason: reason)
    }
}

extension RedisStream {
    /// Gives every entry to `handler` at least once, with the other consumers of the group, until the task is
    /// cancelled. An entry is acknowledged after the handler has returned; if it throws, the entry is given out again
    /// when its lease is over, and becomes a dead letter (`<stream>:dead`) after the limit of deliveries.
    ///
    /// Redis being away ends nothing: it is waited for.
    public func consume(
        _ consumption: StreamConsumption, logger: Logger,
        handler: @escaping @Sendable (StreamEntry) async throws -> Void
    ) async {
        await StreamConsumer(stream: self, consumption: consumption, logger: logger, handler: handler).run()
    }
}
