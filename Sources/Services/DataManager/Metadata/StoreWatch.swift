import Storage
import Synchronization

/// What is known of a store that may be away, for some seconds each time it was asked.
final class StoreWatch: Sendable {
    private let trust: Duration
    private let ask: @Sendable () async -> StorageError?
    private let last = Mutex<(at: ContinuousClock.Instant, failure: StorageError?)?>(nil)

    /// - Parameters:
    ///   - trust: how long an answer counts.
    ///   - ask: what is wrong; `nil` while the store answers.
    init(trust: Duration, _ ask: @escaping @Sendable () async -> StorageError?) {
        (self.trust, self.ask) = (trust, ask)
    }

    /// A failure that still counts.
    var recentFailure: StorageError? { recent?.failure }

    func note(_ failure: StorageError) { last.withLock { $0 = (.now, failure) } }

    /// What is wrong; the store is asked unless it was just now.
    func failure() async -> StorageError? {
        if let recent { return recent.failure }
        let failure = await ask()
        last.withLock { $0 = (.now, failure) }
        return failure
    }

    private var recent: (at: ContinuousClock.Instant, failure: StorageError?)? {
        last.withLock { last in last.flatMap { ContinuousClock.now - $0.at < trust ? $0 : nil } }
    }
}
