import KeyValue
import Synchronization

/// A shared store that can be away: an in-process one behind a switch.
final class SwitchableStore: KeyValueStore {
    private let store: InProcessKeyValueStore
    private let away = Mutex(false)

    init(clock: ManualClock) {
        store = InProcessKeyValueStore(clock: { clock.now })
    }

    var isAway: Bool {
        get { away.withLock { $0 } }
        set { away.withLock { $0 = newValue } }
    }

    func value(of key: String) async throws(KeyValueError) -> [UInt8]? { try reached().value(of: key) }

    func values(of keys: [String]) async throws(KeyValueError) -> [[UInt8]?] { try reached().values(of: keys) }

    func set(_ key: String, to value: [UInt8], expiry: Duration?) async throws(KeyValueError) {
        try reached().set(key, to: value, expiry: expiry)
    }

    func compareAndSet(
        _ key: String, expected: [UInt8]?, to value: [UInt8]?, expiry: Duration?
    ) async throws(KeyValueError) -> Bool {
        try reached().compareAndSet(key, expected: expected, to: value, expiry: expiry)
    }

    func remove(_ key: String) async throws(KeyValueError) { try reached().remove(key) }

    func increment(_ key: String, by amount: Int, expiry: Duration?) async throws(KeyValueError) -> Int {
        try reached().increment(key, by: amount, expiry: expiry)
    }

    func admit(_ key: String, cost: Int, under limit: RateLimit) async throws(KeyValueError) -> RateDecision {
        try reached().admit(key, cost: cost, under: limit)
    }

    func health() async -> KeyValueHealth {
        isAway ? KeyValueHealth(.unavailable, reason: "switched off") : store.health()
    }

    func close() async { store.close() }

    private func reached() throws(KeyValueError) -> InProcessKeyValueStore {
        guard !isAway else { throw KeyValueError(.unavailable, "switched off") }
        return store
    }
}
