/// A stream of events in Redis (6.2 or newer, for XAUTOCLAIM), read by groups of consumers at least once.
///
/// Appending after a broken connection may append twice, so consumers go by the event's id. Entries beyond `length` are
/// trimmed, oldest first, whether they were read or not: choose it so that it holds what an outage of the consumers
/// leaves behind.
public struct RedisStream: Sendable {
    /// Bytes of an event's payload.
    public static let payloadLimit = KeyValueLimits.value
    /// Events of one call of `append`, and entries of one read.
    public static let batchLimit = 1024

    /// Where a new group begins.
    public enum Start: String, Sendable {
        case beginning = "0"
        case end = "$"
    }

    public let name: String
    let client: RedisClient
    let key: String
    private let length: Int

    /// - Parameters:
    ///   - name: the key in Redis after the prefix of all keys: `events` is `aibox:events`.
    ///   - length: entries kept, about.
    public init(_ name: String, client: RedisClient, length: Int = 1_000_000) {
        self.name = name
        self.client = client
        self.length = length
        key = "\(client.configuration.keyPrefix)\(name)"
    }

    /// Where entries go that could not be handled.
    var deadKey: String { "\(key):dead" }

    /// Appends events in their order with one round trip.
    ///
    /// - Returns: their places.
    /// - Throws: `.outcomeUnknown` and `.timeout` when some or all may have been appended: append them again.
    @discardableResult
    public func append(_ events: [StreamEvent]) async throws(KeyValueError) -> [StreamID] {
        guard !events.isEmpty else { return [] }
        try Self.check(events)
        let commands = events.map { event in
            RESPCommand(
                "XADD", .text(key), "MAXLEN", "~", .number(length), "*", "id", .text(event.id), "kind",
                .text(event.kind), "payload", .bytes(event.payload))
        }
        return try await client.metrics.measure(.stream) { () throws(KeyValueError) in
            try await client.send(commands, isIdempotent: false).map { reply throws(KeyValueError) in
                if case .error(let text) = reply { throw KeyValueError(reply: text) }
                guard let id = reply.text.flatMap(StreamID.init) else { throw .unexpected("XADD") }
                return id
            }
        }
    }

    /// Makes the group, and the stream if need be. One that is there stays as it is.
    public func createGroup(_ group: String, from start: Start = .beginning) async throws(KeyValueError) {
        let command = RESPCommand("XGROUP", "CREATE", .text(key), .text(group), .text(start.rawValue), "MKSTREAM")
        let reply = try await client.send([command], isIdempotent: true)[0]
        guard case .error(let text) = reply, !text.hasPrefix("BUSYGROUP") else { return }
        throw KeyValueError(reply: text)
    }

    /// The handled entries leave the group's list of pending ones.
    public func acknowledge(_ ids: [StreamID], group: String) async throws(KeyValueError) {
        guard !ids.isEmpty else { return }
        let names = ids.map { RESPArgument.text($0.description) }
        _ = try await client.call(RESPCommand("XACK", [.text(key), .text(group)] + names), isIdempotent: true)
    }

    /// Takes over entries that others left unacknowledged for `idle`; counts as a delivery.
    ///
    /// - Parameter cursor: where to look on; `.zero` at first.
    /// - Returns: the entries, and where to look on (`.zero` when all were looked at).
    public func claim(
        group: String, consumer: String, idle: Duration, from cursor: StreamID = .zero, count: Int = 100
    ) async throws(KeyValueError) -> (entries: [StreamEntry], next: StreamID) {
        let milliseconds: Int64 = try KeyValueLimits.milliseconds(idle)
        let reply = try await client.run(
            StreamScripts.claim, keys: [key],
            arguments: [
                .text(group), .text(consumer), .number(milliseconds), .text(cursor.description),
                .number(min(max(1, count), Self.batchLimit)),
            ])
        guard let parts = reply.array, parts.count == 3, let next = parts[0].text.flatMap(StreamID.init),
            let entries = parts[1].array, let counts = parts[2].array, counts.count == entries.count
        else { throw .unexpected("XAUTOCLAIM") }
        return (try Self.entries(entries, counts), next)
    }

    /// Tells that this consumer still works at `ids`: they are idle from now, and not delivered once more.
    func renew(_ ids: [StreamID], group: String, consumer: String) async throws(KeyValueError) {
        guard !ids.isEmpty else { return }
        let names = ids.map { RESPArgument.text($0.description) }
        let command = RESPCommand(
            "XCLAIM", [.text(key), .text(group), .text(consumer), "0"] + names + ["JUSTID"])
        _ = try await client.call(command, isIdempotent: true)
    }

    /// The oldest entries that were given out and not acknowledged.
    public func pending(group: String, count: Int = 100) async throws(KeyValueError) -> [PendingEntry] {
        let command = RESPCommand("XPENDING", .text(key), .text(group), "-", "+", .number(count))
        return try StreamReplies.pending(await client.call(command, isIdempotent: true))
    }

    /// Copies an entry to the dead letters with the reason and acknowledges it, in one step.
    public func bury(_ entry: StreamEntry, group: String, reason: String) async throws(KeyValueError) {
        _ = try await client.run(
            StreamScripts.bury, keys: [key, deadKey],
            arguments: [
                .text(group), .text(entry.id.description), .text(String(reason.prefix(1000))),
                .number(entry.deliveries), .number(length),
            ], isIdempotent: true)
    }

    /// The oldest dead letters after a place.
    public func deadLetters(after id: StreamID = .zero, count: Int = 100) async throws(KeyValueError) -> [DeadLetter] {
        let command = RESPCommand(
            "XRANGE", .text(deadKey), .text("(\(id)"), "+", "COUNT", .number(min(max(1, count), Self.batchLimit)))
        guard let elements = try await client.call(command, isIdempotent: true).array else {
            throw .unexpected("XRANGE")
        }
        return try elements.map { element throws(KeyValueError) in
            let (id, fields) = try StreamReplies.entry(element)
            return DeadLetter(
                id: id, event: StreamReplies.event(fields), reason: StreamReplies.text(fields["reason"]),
                deliveries: Int(StreamReplies.text(fields["deliveries"])) ?? 0)
        }
    }

    /// Entries in the stream, read or not.
    public func count() async throws(KeyValueError) -> Int {
        guard let count = try await client.call(RESPCommand("XLEN", .text(key)), isIdempotent: true).integer else {
            throw .unexpected("XLEN")
        }
        return count
    }

    static func entries(_ replies: [RESPValue], _ counts: [RESPValue]) throws(KeyValueError) -> [StreamEntry] {
        try zip(replies, counts).map { reply, count throws(KeyValueError) in
            let (id, fields) = try StreamReplies.entry(reply)
            return StreamEntry(id: id, event: StreamReplies.event(fields), deliveries: count.integer ?? 1)
        }
    }

    private static func check(_ events: [StreamEvent]) throws(KeyValueError) {
        guard events.count <= batchLimit else {
            throw KeyValueError(.tooLarge, "\(events.count) events at once; at most \(batchLimit) are taken.")
        }
        for event in events {
            guard event.payload.count <= payloadLimit, event.id.utf8.count <= KeyValueLimits.key,
                event.kind.utf8.count <= KeyValueLimits.key
            else { throw KeyValueError(.tooLarge, "An event is larger than a stream takes.") }
        }
    }
}
