import AIBoxAPI
import ServiceClients
import Synchronization

/// Counts wrong passwords, at a login and where one is changed, in windows of a minute: 10 for a user from one address,
/// 60 from one address whoever it is.
/// An attempt counts before its outcome is known, so that many at once do not slip through; success gives it back.
final class LoginThrottle: Sendable {
    private struct Window {
        var endsAt: Int
        var attempts = 0
    }

    private static let seconds = 60
    private static let perUser = 10
    private static let perAddress = 60

    private let clock: @Sendable () -> Int
    private let windows = Mutex(BoundedCache<String, Window>(capacity: 32_768))

    /// - Parameter clock: seconds since 1970.
    init(clock: @escaping @Sendable () -> Int) {
        self.clock = clock
    }

    /// - Throws: `Problem` 429 with the time after which another attempt is looked at.
    func attempt(username: String, address: String) throws(Problem) {
        let now = clock()
        let refusedUntil = windows.withLock { windows -> Int? in
            let limits = Self.limits(username, address)
            let current = limits.map { Self.window($0.key, now, &windows) }
            if let full = zip(limits, current).first(where: { $0.1.attempts >= $0.0.limit }) { return full.1.endsAt }
            for (limit, window) in zip(limits, current) {
                windows[limit.key] = Window(endsAt: window.endsAt, attempts: window.attempts + 1)
            }
            return nil
        }
        guard let refusedUntil else { return }
        throw Problem(
            429, "Too Many Requests", detail: "Too many wrong passwords; wait a little.",
            retryAfter: max(1, refusedUntil - now))
    }

    /// The attempt was a good one and does not count.
    func succeed(username: String, address: String) {
        windows.withLock { windows in
            for limit in Self.limits(username, address) {
                guard var window = windows[limit.key] else { continue }
                window.attempts -= 1
                windows[limit.key] = window.attempts > 0 ? window : nil
            }
        }
    }

    private static func limits(_ username: String, _ address: String) -> [(key: String, limit: Int)] {
        [("\(address) \(username)", perUser), (address, perAddress)]
    }

    private static func window(_ key: String, _ now: Int, _ windows: inout BoundedCache<String, Window>) -> Window {
        guard let window = windows[key], now < window.endsAt else { return Window(endsAt: now + seconds) }
        return window
    }
}
