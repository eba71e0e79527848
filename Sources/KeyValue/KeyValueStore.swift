/// Small values that live for a while and may be lost: sessions, rate windows, cached answers.
///
/// Every operation on one key is atomic. Keys and values are bounded by `KeyValueLimits`. Values and rate windows have
/// names apart: a window is no value and the reverse. Calls are bounded in time by the store, not by cancellation.
public protocol KeyValueStore: Sendable {
    /// `nil` when there is no such key, or no more.
    func value(of key: String) async throws(KeyValueError) -> [UInt8]?

    /// One value for each key, in the order of the keys.
    func values(of keys: [String]) async throws(KeyValueError) -> [[UInt8]?]

    /// Replaces what was there, and its expiry. Without `expiry` the value stays until it is removed or evicted.
    func set(_ key: String, to value: [UInt8], expiry: Duration?) async throws(KeyValueError)

    /// Changes the value only if it is `expected` (`nil`: there is none).
    ///
    /// - Parameters:
    ///   - value: the new value; `nil` removes the key.
    ///   - expiry: of the new value, from now.
    /// - Returns: whether it was changed.
    func compareAndSet(
        _ key: String, expected: [UInt8]?, to value: [UInt8]?, expiry: Duration?
    ) async throws(KeyValueError) -> Bool

    /// Removing what is not there is no error.
    func remove(_ key: String) async throws(KeyValueError)

    /// Adds to a number, which starts at 0 and is kept as decimal text.
    ///
    /// - Parameter expiry: set when the number is created and not moved by later increments.
    /// - Throws: `.invalid` when the value is no number or would leave the range of 64 bits.
    func increment(_ key: String, by amount: Int, expiry: Duration?) async throws(KeyValueError) -> Int

    /// Asks whether another request may pass under a limit; if it may, it is counted (`SlidingWindow`).
    func admit(_ key: String, cost: Int, under limit: RateLimit) async throws(KeyValueError) -> RateDecision

    func health() async -> KeyValueHealth

    /// Ends the store; what waits fails with `.closed`.
    func close() async
}

extension KeyValueStore {
    /// - Returns: whether there was none and the value was stored.
    public func setIfAbsent(_ key: String, to value: [UInt8], expiry: Duration?) async throws(KeyValueError) -> Bool {
        try await compareAndSet(key, expected: nil, to: value, expiry: expiry)
    }

    public func admit(_ key: String, under limit: RateLimit) async throws(KeyValueError) -> RateDecision {
        try await admit(key, cost: 1, under: limit)
    }
}

/// How a store is.
public struct KeyValueHealth: Hashable, Sendable {
    public enum Condition: String, Sendable {
        case ok
        /// It answers, from this process alone.
        case degraded
        case unavailable
    }

    public let condition: Condition
    /// Why it is not ok; for people.
    public let reason: String?

    public init(_ condition: Condition, reason: String? = nil) {
        self.condition = condition
        self.reason = reason
    }
}
