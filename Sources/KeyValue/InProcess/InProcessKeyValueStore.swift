import Synchronization

/// Values and rate windows in this process's memory, bounded; nothing survives the process.
///
/// Values and windows have bounds of their own, so that a flood of addresses that are counted pushes out no session.
public final class InProcessKeyValueStore: KeyValueStore {
    /// How much is held at most, of values and again of rate windows.
    public struct Bounds: Hashable, Sendable {
        public var values: Int
        public var valueBytes: Int
        public var windows: Int

        public init(values: Int = 100_000, valueBytes: Int = 64 << 20, windows: Int = 100_000) {
            self.values = values
            self.valueBytes = valueBytes
            self.windows = windows
        }
    }

    private struct State: Sendable {
        var values: BoundedEntries<[UInt8]>
        var windows: BoundedEntries<SlidingWindow>
        var isClosed = false

        mutating func write(_ key: String, _ value: [UInt8], expiresAt: Int64?, now: Int64) {
            values.write(key, value, size: value.count, expiresAt: expiresAt, now: now)
        }

        mutating func write(_ key: String, _ window: SlidingWindow, expiresAt: Int64?, now: Int64) {
            windows.write(
                key, window, size: window.entries.count * MemoryLayout<SlidingWindow.Entry>.stride,
                expiresAt: expiresAt,
                now: now)
        }
    }

    private let clock: @Sendable () -> Int64
    private let state: Mutex<State>

    /// - Parameter clock: milliseconds that only grow; the system's monotonic clock unless a test has its own.
    public init(bounds: Bounds = Bounds(), clock: @escaping @Sendable () -> Int64 = InProcessKeyValueStore.uptime) {
        self.clock = clock
        state = Mutex(
            State(
                values: BoundedEntries(countLimit: bounds.values, byteLimit: bounds.valueBytes),
                windows: BoundedEntries(countLimit: bounds.windows, byteLimit: .max / 2)))
    }

    private static let start = ContinuousClock.now

    /// Milliseconds of the monotonic clock since the first use in this process.
    @Sendable public static func uptime() -> Int64 {
        Int64((ContinuousClock.now - start) / .milliseconds(1))
    }

    /// Entries held, of both kinds; expired ones may be among them.
    public var count: Int { state.withLock { $0.values.count + $0.windows.count } }

    /// Bytes that the values take, with their keys and an estimate of the rest.
    public var valueBytes: Int { state.withLock { $0.values.bytes } }

    public var evictions: KeyValueEvictions {
        state.withLock { state in
            KeyValueEvictions(
                expired: state.values.evictions.expired + state.windows.evictions.expired,
                leastRecentlyUsed: state.values.evictions.leastRecentlyUsed
                    + state.windows.evictions.leastRecentlyUsed)
        }
    }

    /// Forgets the values; rate windows stay.
    public func removeValues() { state.withLock { $0.values.removeAll() } }

    public func value(of key: String) throws(KeyValueError) -> [UInt8]? {
        try KeyValueLimits.check(key: key)
        return try withState { state, now in state.values.read(key, now: now)?.value }
    }

    public func values(of keys: [String]) throws(KeyValueError) -> [[UInt8]?] {
        try KeyValueLimits.check(keys: keys)
        return try withState { state, now in keys.map { state.values.read($0, now: now)?.value } }
    }

    public func set(_ key: String, to value: [UInt8], expiry: Duration?) throws(KeyValueError) {
        let life = try Self.checked(key, value, expiry)
        try withState { state, now in state.write(key, value, expiresAt: life.map { now + $0 }, now: now) }
    }

    public func compareAndSet(
        _ key: String, expected: [UInt8]?, to value: [UInt8]?, expiry: Duration?
    ) throws(KeyValueError) -> Bool {
        let life = try Self.checked(key, value, expiry)
        try KeyValueLimits.check(value: expected)
        return try withState { state, now in
            guard state.values.read(key, now: now)?.value == expected else { return false }
            if let value {
                state.write(key, value, expiresAt: life.map { now + $0 }, now: now)
            } else {
                state.values.remove(key)
            }
            return true
        }
    }

    public func remove(_ key: String) throws(KeyValueError) {
        try KeyValueLimits.check(key: key)
        try withState { state, _ in state.values.remove(key) }
    }

    public func increment(_ key: String, by amount: Int, expiry: Duration?) throws(KeyValueError) -> Int {
        let life = try Self.checked(key, nil, expiry)
        return try withState { state, now throws(KeyValueError) in
            let entry = state.values.read(key, now: now)
            let sum = try Self.sum(entry?.value, amount)
            let expiresAt = entry == nil ? life.map { now + $0 } : entry?.expiresAt
            state.write(key, Array(String(sum).utf8), expiresAt: expiresAt, now: now)
            return sum
        }
    }

    public func admit(_ key: String, cost: Int, under limit: RateLimit) throws(KeyValueError) -> RateDecision {
        try KeyValueLimits.check(key: key)
        try KeyValueLimits.check(rate: limit, cost: cost)
        let span: Int64 = try KeyValueLimits.milliseconds(limit.window)
        return try withState { state, now in
            var window = state.windows.read(key, now: now)?.value ?? SlidingWindow()
            let decision = window.admit(cost: cost, limit: limit.count, window: span, now: now)
            if decision.isAllowed { state.write(key, window, expiresAt: now + span, now: now) }
            return decision
        }
    }

    /// Takes back what `admit` counted for a request that did not pass after all.
    public func takeBack(_ key: String, cost: Int) {
        let now = clock()
        state.withLock { state in
            guard let entry = state.windows.read(key, now: now), let expiresAt = entry.expiresAt else { return }
            var window = entry.value
            window.takeBack(cost: cost)
            state.write(key, window, expiresAt: expiresAt, now: now)
        }
    }

    public func health() -> KeyValueHealth {
        state.withLock { $0.isClosed } ? KeyValueHealth(.unavailable, reason: "closed") : KeyValueHealth(.ok)
    }

    public func close() {
        state.withLock { state in
            state.isClosed = true
            state.values.removeAll()
            state.windows.removeAll()
        }
    }

    private func withState<Result: Sendable>(
        _ body: (inout State, Int64) throws(KeyValueError) -> Result
    ) throws(KeyValueError) -> Result {
        let now = clock()
        return try state.withLock { state throws(KeyValueError) in
            guard !state.isClosed else { throw KeyValueError(.closed, "The key-value store was closed.") }
            return try body(&state, now)
        }
    }

    /// The time to live in milliseconds.
    private static func checked(_ key: String, _ value: [UInt8]?, _ expiry: Duration?) throws(KeyValueError) -> Int64? {
        try KeyValueLimits.check(key: key)
        try KeyValueLimits.check(value: value)
        return try KeyValueLimits.milliseconds(expiry)
    }

    private static func sum(_ value: [UInt8]?, _ amount: Int) throws(KeyValueError) -> Int {
        let number = value.map { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
        guard let number else { throw KeyValueError(.invalid, "The value is no whole number.") }
        let (sum, overflow) = number.addingReportingOverflow(amount)
        guard !overflow else { throw KeyValueError(.invalid, "The number would leave the range of 64 bits.") }
        return sum
    }
}
