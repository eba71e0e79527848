import Metrics
import Synchronization

/// Bounds and measures the calls of one store.
final class BlobCalls: Sendable {
    enum Call: String, CaseIterable {
        case put
        case get
        case head
        case delete
        case list
        case check
    }

    private let store: String
    private let limit: Int
    private let state = Mutex((running: 0, isClosed: false))
    private let timers: [Call: Timer]
    private let bytesIn: Counter
    private let bytesOut: Counter

    /// - Parameters:
    ///   - store: the kind of store, as metrics name it.
    ///   - limit: how many calls may be under way; one more is refused as `.busy`.
    init(store: String, limit: Int) {
        self.store = store
        self.limit = limit
        timers = Dictionary(
            uniqueKeysWithValues: Call.allCases.map {
                ($0, Timer(label: "aibox_blob_call_seconds", dimensions: [("store", store), ("call", $0.rawValue)]))
            })
        bytesIn = Counter(label: "aibox_blob_bytes_total", dimensions: [("store", store), ("direction", "in")])
        bytesOut = Counter(label: "aibox_blob_bytes_total", dimensions: [("store", store), ("direction", "out")])
    }

    func run<Value>(_ call: Call, _ body: () async throws -> Value) async throws -> Value {
        try enter()
        defer { state.withLock { $0.running -= 1 } }
        let start = ContinuousClock.now
        do {
            let value = try await body()
            timers[call]?.recordNanoseconds(Int64((ContinuousClock.now - start) / .nanoseconds(1)))
            return value
        } catch {
            noteFailure(call, error)
            throw error
        }
    }

    func received(_ bytes: Int) { bytesIn.increment(by: bytes) }

    func sent(_ bytes: Int) { bytesOut.increment(by: bytes) }

    /// Refuses further calls.
    ///
    /// - Returns: false when that was so already.
    func close() -> Bool {
        state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
    }

    private func enter() throws(StorageError) {
        let refusal: StorageError? = state.withLock {
            if $0.isClosed { return StorageError(.closed, "the store of blobs is closed") }
            if $0.running >= limit { return StorageError(.busy, "\(limit) calls of the store of blobs are under way") }
            $0.running += 1
            return nil
        }
        if let refusal { throw refusal }
    }

    /// That there is no such blob, or another one, is an answer.
    private func noteFailure(_ call: Call, _ error: any Error) {
        guard let code = (error as? StorageError)?.code, code != .notFound, code != .conflict else { return }
        Counter(
            label: "aibox_blob_failures_total",
            dimensions: [("store", store), ("call", call.rawValue), ("code", code.rawValue)]
        ).increment()
    }
}
