import Crypto
import Foundation
import KeyValue

/// Attempts to log in as all gateways of an installation count them together, in minutes of the clock.
///
/// It never refuses because the store is away: each gateway's own count stands then, so that n gateways let n times the
/// limit pass at most. A window of `KeyValueStore.admit` cannot be used, since a good login gives its count back.
struct SharedLoginCount: Sendable {
    /// Longer than the minute that is counted, for gateways whose clocks differ.
    private static let expiry = Duration.seconds(180)

    let store: any KeyValueStore

    /// Counts an attempt under each limit.
    ///
    /// - Returns: whether it may be looked at; if not, nothing was counted.
    func add(_ limits: [LoginThrottle.Limit], minute: Int) async -> Bool {
        for (index, limit) in limits.enumerated() {
            let key = key(limit, minute)
            guard let count = try? await store.increment(key, by: 1, expiry: Self.expiry) else { return true }
            guard count <= limit.count else {
                await takeBack(Array(limits.prefix(index + 1)), minute: minute)
                return false
            }
        }
        return true
    }

    func takeBack(_ limits: [LoginThrottle.Limit], minute: Int) async {
        for limit in limits { _ = try? await store.increment(key(limit, minute), by: -1, expiry: Self.expiry) }
    }

    /// A digest: what users type as their name may be long, or a password.
    private func key(_ limit: LoginThrottle.Limit, _ minute: Int) -> String {
        let digest = SHA256.hash(data: Data(limit.key.utf8)).prefix(16)
        return "logins:\(minute):" + Data(digest).base64URL
    }
}
