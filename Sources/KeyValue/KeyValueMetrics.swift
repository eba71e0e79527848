import Metrics

/// The operations of a store, as a label.
enum KeyValueOperation: String, CaseIterable, Sendable {
    case get, set
    case compareAndSet = "compare_and_set"
    case remove, increment, admit, stream, health
}

/// What a shared store tells about itself.
struct KeyValueMetrics: Sendable {
    private let calls = Dictionary(
        uniqueKeysWithValues: KeyValueOperation.allCases.map {
            ($0, Timer(label: "aibox_keyvalue_call_seconds", dimensions: [("operation", $0.rawValue)]))
        })
    private let failures = Dictionary(
        uniqueKeysWithValues: KeyValueError.Code.allCases.map {
            ($0, Counter(label: "aibox_keyvalue_failures_total", dimensions: [("code", $0.rawValue)]))
        })
    private let connects = Counter(label: "aibox_keyvalue_connects_total")
    private let breaker = Gauge(label: "aibox_keyvalue_breaker_open")
    private let inFlight = Meter(label: "aibox_keyvalue_in_flight")

    /// Times one call; counts it as failed when it throws.
    func measure<Value: Sendable>(
        _ operation: KeyValueOperation, _ call: () async throws(KeyValueError) -> Value
    ) async throws(KeyValueError) -> Value {
        let start = ContinuousClock.now
        inFlight.increment()
        defer {
            inFlight.decrement()
            calls[operation]?.recordNanoseconds(Int64((ContinuousClock.now - start) / .nanoseconds(1)))
        }
        do {
            return try await call()
        } catch {
            failures[error.code]?.increment()
            throw error
        }
    }

    func connected() {
        connects.increment()
        breaker.record(0)
    }

    func broke() { breaker.record(1) }
}
