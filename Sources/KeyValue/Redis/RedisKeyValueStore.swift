import NIOCore

/// Values and rate windows in Redis (6 or newer), shared by all instances that use the same database and key prefix.
///
/// While Redis is away calls fail at once (`RedisClient`). Calls that may have been executed when a connection breaks
/// are repeated only if that does no harm: reading, setting and removing are, comparing, counting and admitting are not.
public struct RedisKeyValueStore: KeyValueStore {
    /// Keys of one MGET, so that a reply stays within the parser's limits.
    private static let keysPerCommand = 64

    private let client: RedisClient
    private let prefix: String

    public init(_ client: RedisClient) {
        self.client = client
        prefix = client.configuration.keyPrefix
    }

    public func value(of key: String) async throws(KeyValueError) -> [UInt8]? {
        try KeyValueLimits.check(key: key)
        return try await client.metrics.measure(.get) { () throws(KeyValueError) in
            try Self.value(await client.call(RESPCommand("GET", .text(name(key))), isIdempotent: true))
        }
    }

    public func values(of keys: [String]) async throws(KeyValueError) -> [[UInt8]?] {
        try KeyValueLimits.check(keys: keys)
        guard !keys.isEmpty else { return [] }
        return try await client.metrics.measure(.get) { () throws(KeyValueError) in
            var values: [[UInt8]?] = []
            for start in stride(from: 0, to: keys.count, by: Self.keysPerCommand) {
                let names = keys[start..<min(start + Self.keysPerCommand, keys.count)].map {
                    RESPArgument.text(name($0))
                }
                let reply = try await client.call(RESPCommand("MGET", names), isIdempotent: true)
                guard let elements = reply.array, elements.count == names.count else { throw .unexpected("MGET") }
                for element in elements { values.append(try Self.value(element)) }
            }
            return values
        }
    }

    public func set(_ key: String, to value: [UInt8], expiry: Duration?) async throws(KeyValueError) {
        let life = try Self.checked(key, value, expiry)
        try await client.metrics.measure(.set) { () throws(KeyValueError) in
            _ = try await client.call(
                RESPCommand("SET", [.text(name(key)), .bytes(value)] + Self.expiry(life)), isIdempotent: true)
        }
    }

    public func compareAndSet(
        _ key: String, expected: [UInt8]?, to value: [UInt8]?, expiry: Duration?
    ) async throws(KeyValueError) -> Bool {
        let life = try Self.checked(key, value, expiry)
        try KeyValueLimits.check(value: expected)
        return try await client.metrics.measure(.compareAndSet) { () throws(KeyValueError) in
            guard let expected else { return try await setIfAbsent(key, value, life) }
            let reply = try await client.run(
                RedisScripts.compareAndSet, keys: [name(key)],
                arguments: [
                    .bytes(expected), value == nil ? "remove" : "set", .bytes(value ?? []), .number(life ?? 0),
                ])
            guard let changed = reply.integer else { throw .unexpected("EVALSHA") }
            return changed == 1
        }
    }

    public func remove(_ key: String) async throws(KeyValueError) {
        try KeyValueLimits.check(key: key)
        try await client.metrics.measure(.remove) { () throws(KeyValueError) in
            _ = try await client.call(RESPCommand("DEL", .text(name(key))), isIdempotent: true)
        }
    }

    public func increment(_ key: String, by amount: Int, expiry: Duration?) async throws(KeyValueError) -> Int {
        let life = try Self.checked(key, nil, expiry)
        return try await client.metrics.measure(.increment) { () throws(KeyValueError) in
            let reply = try await client.run(
                RedisScripts.increment, keys: [name(key)], arguments: [.number(amount), .number(life ?? 0)])
            guard let sum = reply.integer else { throw .unexpected("EVALSHA") }
            return sum
        }
    }

    public func admit(_ key: String, cost: Int, under limit: RateLimit) async throws(KeyValueError) -> RateDecision {
        try await admit(key, cost: cost, under: limit, now: nil)
    }

    /// - Parameter now: milliseconds; the server's clock unless a test has its own.
    func admit(_ key: String, cost: Int, under limit: RateLimit, now: Int64?) async throws(KeyValueError)
        -> RateDecision
    {
        try KeyValueLimits.check(key: key)
        try KeyValueLimits.check(rate: limit, cost: cost)
        let window: Int64 = try KeyValueLimits.milliseconds(limit.window)
        return try await client.metrics.measure(.admit) { () throws(KeyValueError) in
            let reply = try await client.run(
                RedisScripts.admit, keys: ["\(prefix)w:\(key)"],
                arguments: [
                    .number(cost), .number(limit.count), .number(window), now.map { .number($0) } ?? "",
                ])
            let parts = reply.array?.compactMap(\.integer) ?? []
            guard parts.count == 3 else { throw .unexpected("EVALSHA") }
            return RateDecision(
                isAllowed: parts[0] == 1, remaining: parts[1], retryAfter: .milliseconds(parts[2]))
        }
    }

    public func health() async -> KeyValueHealth {
        do {
            _ = try await client.metrics.measure(.health) { () throws(KeyValueError) in
                try await client.call(RESPCommand("PING"), isIdempotent: true)
            }
            return KeyValueHealth(.ok)
        } catch {
            return KeyValueHealth(.unavailable, reason: error.message)
        }
    }

    /// Closes the client, with everything that uses it.
    public func close() { client.close() }

    private func name(_ key: String) -> String { "\(prefix)v:\(key)" }

    private func setIfAbsent(_ key: String, _ value: [UInt8]?, _ life: Int64?) async throws(KeyValueError) -> Bool {
        guard let value else {
            return try await client.call(RESPCommand("EXISTS", .text(name(key))), isIdempotent: true) == .integer(0)
        }
        let command = RESPCommand("SET", [.text(name(key)), .bytes(value), "NX"] + Self.expiry(life))
        return try await client.call(command, isIdempotent: false) != .null
    }

    private static func expiry(_ life: Int64?) -> [RESPArgument] { life.map { ["PX", .number($0)] } ?? [] }

    private static func value(_ reply: RESPValue) throws(KeyValueError) -> [UInt8]? {
        if reply == .null { return nil }
        guard let bytes = reply.bytes else { throw .unexpected("GET") }
        return bytes
    }

    private static func checked(_ key: String, _ value: [UInt8]?, _ expiry: Duration?) throws(KeyValueError) -> Int64? {
        try KeyValueLimits.check(key: key)
        try KeyValueLimits.check(value: value)
        return try KeyValueLimits.milliseconds(expiry)
    }
}
