import Logging
import Synchronization

/// A shared store, and this process's memory for what must go on while the shared one is away.
///
/// - Rate windows count here too, always: a request passes only if both agree, and with the shared store away this
///   process's own count stands. So an instance never lets more than the limit pass in any window, before, during and
///   after an outage, and n instances never more than n times the limit.
/// - What happens to a value is the caller's choice, by its key (`OutagePolicy`).
///
/// Memory is bounded by the bounds of the two local stores, however many keys are seen.
public final class FallbackKeyValueStore: KeyValueStore {
    /// What becomes of a key while the shared store is away.
    public enum OutagePolicy: Sendable {
        /// It can be computed again: the local store serves it meanwhile, and forgets it afterwards.
        case local
        /// It must not be forgotten, such as that a session was revoked: every write and every value seen is kept here
        /// as well, and what was written during an outage is written to the shared store after it. Such a key is
        /// written once and not changed. A key that this process has not seen throws while the shared store is away:
        /// "not revoked" is not known then, and the owner of sessions must be asked.
        case retained
        /// It means something only if all agree: the call throws.
        case shared
    }

    private struct Outage {
        var isOn = false
        /// Retained writes that the shared store does not have, by key, and when they expire.
        var owed: [String: (value: [UInt8], expiresAt: Int64?)] = [:]
    }

    /// Writes that may be owed to the shared store; more are kept here only.
    private static let owedLimit = 16_384

    private let shared: any KeyValueStore
    private let local: InProcessKeyValueStore
    private let retained: InProcessKeyValueStore
    private let policy: @Sendable (String) -> OutagePolicy
    private let clock: @Sendable () -> Int64
    private let logger: Logger
    private let outage = Mutex(Outage())
    private let returns: AsyncStream<Void>
    private let sharedReturned: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - bounds: of each of the two local stores.
    ///   - clock: milliseconds that only grow.
    public init(
        _ shared: any KeyValueStore, bounds: InProcessKeyValueStore.Bounds = .init(),
        clock: @escaping @Sendable () -> Int64 = InProcessKeyValueStore.uptime, logger: Logger,
        policy: @escaping @Sendable (String) -> OutagePolicy
    ) {
        self.shared = shared
        self.policy = policy
        self.clock = clock
        self.logger = logger
        local = InProcessKeyValueStore(bounds: bounds, clock: clock)
        retained = InProcessKeyValueStore(bounds: bounds, clock: clock)
        (returns, sharedReturned) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Entries in this process's memory.
    public var localCount: Int { local.count + retained.count }

    /// Writes what is owed to the shared store whenever it is back, until the task is cancelled.
    public func run() async {
        for await _ in returns { await payBack() }
    }

    public func value(of key: String) async throws(KeyValueError) -> [UInt8]? {
        try await values(of: [key])[0]
    }

    public func values(of keys: [String]) async throws(KeyValueError) -> [[UInt8]?] {
        try KeyValueLimits.check(keys: keys)
        do {
            let values = try await observed { () throws(KeyValueError) in try await shared.values(of: keys) }
            return try zip(keys, values).map { key, value throws(KeyValueError) in try remember(key, value) }
        } catch {
            guard error.isOutage else { throw error }
            return try keys.map { key throws(KeyValueError) in try localValue(of: key, because: error) }
        }
    }

    public func set(_ key: String, to value: [UInt8], expiry: Duration?) async throws(KeyValueError) {
        let policy = policy(key)
        if policy == .retained { try retained.set(key, to: value, expiry: expiry) }
        do {
            try await observed { () throws(KeyValueError) in try await shared.set(key, to: value, expiry: expiry) }
        } catch {
            guard error.isOutage else { throw error }
            switch policy {
            case .local: try local.set(key, to: value, expiry: expiry)
            case .retained: owe(key, value, expiry)
            case .shared: throw error
            }
        }
    }

    public func compareAndSet(
        _ key: String, expected: [UInt8]?, to value: [UInt8]?, expiry: Duration?
    ) async throws(KeyValueError) -> Bool {
        let isChanged = try await either(key) { store throws(KeyValueError) in
            try await store.compareAndSet(key, expected: expected, to: value, expiry: expiry)
        }
        if isChanged, let value, policy(key) == .retained { try retained.set(key, to: value, expiry: expiry) }
        return isChanged
    }

    public func remove(_ key: String) async throws(KeyValueError) {
        if policy(key) == .retained {
            try retained.remove(key)
            outage.withLock { $0.owed[key] = nil }
        }
        try await either(key) { store throws(KeyValueError) in try await store.remove(key) }
    }

    public func increment(_ key: String, by amount: Int, expiry: Duration?) async throws(KeyValueError) -> Int {
        try await either(key) { store throws(KeyValueError) in
            try await store.increment(key, by: amount, expiry: expiry)
        }
    }

    public func admit(_ key: String, cost: Int, under limit: RateLimit) async throws(KeyValueError) -> RateDecision {
        let own = try local.admit(key, cost: cost, under: limit)
        guard own.isAllowed else { return own }
        do {
            let common = try await observed { () throws(KeyValueError) in
                try await shared.admit(key, cost: cost, under: limit)
            }
            if !common.isAllowed { local.takeBack(key, cost: cost) }
            return RateDecision(
                isAllowed: common.isAllowed, remaining: min(own.remaining, common.remaining),
                retryAfter: common.retryAfter)
        } catch {
            guard error.isOutage else { throw error }
            return own
        }
    }

    public func health() async -> KeyValueHealth {
        let health = await shared.health()
        guard health.condition != .ok else {
            back()
            return health
        }
        return KeyValueHealth(.degraded, reason: health.reason)
    }

    public func close() async {
        sharedReturned.finish()
        await shared.close()
        local.close()
        retained.close()
    }

    /// Calls the shared store, or the local one while that is away if the key's policy has it so.
    private func either<Value: Sendable>(
        _ key: String, _ call: (any KeyValueStore) async throws(KeyValueError) -> Value
    ) async throws(KeyValueError) -> Value {
        do {
            return try await observed { () throws(KeyValueError) in try await call(shared) }
        } catch {
            guard error.isOutage, policy(key) == .local else { throw error }
            return try await call(local)
        }
    }

    /// Calls the shared store and takes note of whether it is there.
    private func observed<Value: Sendable>(
        _ call: () async throws(KeyValueError) -> Value
    ) async throws(KeyValueError) -> Value {
        do {
            let value = try await call()
            back()
            return value
        } catch {
            if error.isOutage { gone(error) }
            throw error
        }
    }

    /// A retained key that the shared store does not have (any more) still stands if this process knows it.
    private func remember(_ key: String, _ value: [UInt8]?) throws(KeyValueError) -> [UInt8]? {
        guard policy(key) == .retained else { return value }
        guard let value else { return try retained.value(of: key) }
        if try retained.value(of: key) == nil { try retained.set(key, to: value, expiry: KeyValueLimits.expiry) }
        return value
    }

    private func localValue(of key: String, because error: KeyValueError) throws(KeyValueError) -> [UInt8]? {
        switch policy(key) {
        case .local: return try local.value(of: key)
        case .shared: throw error
        case .retained:
            guard let value = try retained.value(of: key) else { throw error }
            return value
        }
    }

    private func owe(_ key: String, _ value: [UInt8], _ expiry: Duration?) {
        let expiresAt = expiry.map { clock() + Int64($0 / .milliseconds(1)) }
        let isOwed = outage.withLock { outage in
            guard outage.owed.count < Self.owedLimit || outage.owed[key] != nil else { return false }
            outage.owed[key] = (value, expiresAt)
            return true
        }
        if !isOwed { logger.error("A retained value is kept by this instance only: too many are owed") }
    }

    private func gone(_ error: KeyValueError) {
        let isNews = outage.withLock { outage in
            defer { outage.isOn = true }
            return !outage.isOn
        }
        if isNews { logger.warning("The shared store is away; local limits hold", metadata: ["reason": "\(error)"]) }
    }

    private func back() {
        let isNews = outage.withLock { outage in
            defer { outage.isOn = false }
            return outage.isOn
        }
        guard isNews else { return }
        local.removeValues()
        sharedReturned.yield()
        logger.info("The shared store is back")
    }

    private func payBack() async {
        for (key, debt) in outage.withLock({ $0.owed }) {
            let life = debt.expiresAt.map { Duration.milliseconds($0 - clock()) }
            if life.map({ $0 > .zero }) ?? true {
                do {
                    try await observed { () throws(KeyValueError) in
                        try await shared.set(key, to: debt.value, expiry: life)
                    }
                } catch {
                    if error.isOutage { return }
                }
            }
            outage.withLock { $0.owed[key] = nil }
        }
    }
}
