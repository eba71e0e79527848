import AIBoxAPI
import KeyValue
import ServiceClients
import Synchronization

/// Counts wrong passwords, at a login and where one is changed, in windows of a minute: 10 for a user from one address,
/// 60 from one address whoever it is.
/// An attempt counts before its outcome is known, so that many at once do not slip through; success gives it back.
/// With a shared store an attempt also needs a place in what all gateways count together.
final class LoginThrottle: Sendable {
    /// At most so many attempts that go by this key.
    struct Limit: Sendable {
        let key: String
        let count: Int
    }

    /// An attempt that was counted.
    struct Attempt: Sendable {
        fileprivate let limits: [Limit]
        /// Of the clock, under which the gateways count together.
        fileprivate let minute: Int
    }

    private struct Window {
        var endsAt: Int
        var attempts = 0
    }

    private static let seconds = 60
    private static let perUser = 10
    private static let perAddress = 60

    private let clock: @Sendable () -> Int
    private let shared: SharedLoginCount?
    private let windows = Mutex(BoundedCache<String, Window>(capacity: 32_768))

    /// - Parameters:
    ///   - clock: seconds since 1970.
    ///   - shared: where several gateways count together.
    init(clock: @escaping @Sendable () -> Int, shared: (any KeyValueStore)? = nil) {
        self.clock = clock
        self.shared = shared.map(SharedLoginCount.init)
    }

    /// - Throws: `Problem` 429 with the time after which another attempt is looked at.
    func attempt(username: String, address: String) async throws(Problem) -> Attempt {
        let limits = [
            Limit(key: "\(address) \(username)", count: Self.perUser), Limit(key: address, count: Self.perAddress),
        ]
        let now = clock()
        let attempt = Attempt(limits: limits, minute: now / Self.seconds)
        if let end = count(limits, now) { throw Self.tooMany(retryAfter: end - now) }
        if let shared, await !shared.add(limits, minute: attempt.minute) {
            takeBack(limits)
            throw Self.tooMany(retryAfter: Self.seconds - now % Self.seconds)
        }
        return attempt
    }

    /// The attempt was a good one and does not count.
    func succeed(_ attempt: Attempt) async {
        takeBack(attempt.limits)
        await shared?.takeBack(attempt.limits, minute: attempt.minute)
    }

    /// Counts an attempt unless a limit is reached; returns the end of that window then.
    private func count(_ limits: [Limit], _ now: Int) -> Int? {
        windows.withLock { windows in
            let current = limits.map { Self.window($0.key, now, &windows) }
            if let full = zip(limits, current).first(where: { $0.1.attempts >= $0.0.count }) { return full.1.endsAt }
            for (limit, window) in zip(limits, current) {
                windows[limit.key] = Window(endsAt: window.endsAt, attempts: window.attempts + 1)
            }
            return nil
        }
    }

    private func takeBack(_ limits: [Limit]) {
        windows.withLock { windows in
            for limit in limits {
                guard var window = windows[limit.key] else { continue }
                window.attempts -= 1
                windows[limit.key] = window.attempts > 0 ? window : nil
            }
        }
    }

    private static func tooMany(retryAfter: Int) -> Problem {
        Problem(
            429, "Too Many Requests", detail: "Too many wrong passwords; wait a little.",
            retryAfter: max(1, retryAfter))
    }

    private static func window(_ key: String, _ now: Int, _ windows: inout BoundedCache<String, Window>) -> Window {
        guard let window = windows[key], now < window.endsAt else { return Window(endsAt: now + seconds) }
        return window
    }
}
