import AIBoxAPI
import KeyValue
import Synchronization

/// Which sessions have ended, as the gateways of an installation tell one another through a store that they share.
///
/// The data manager knows it too and has the last word; this tells the other gateways before they ask it again. An
/// entry is kept for as long as an access token of its session can be good.
final class Revocations: Sendable {
    enum Verdict {
        case ended, notEnded
        /// The store is away, and this gateway has not seen that the session ended.
        case unknown
    }

    private static let prefix = "revoked:"

    private let store: any KeyValueStore
    private let outageStart = Mutex<Timestamp?>(nil)

    init(_ store: any KeyValueStore) { self.store = store }

    /// What the keys of the gateway are worth while the store is away.
    static func outagePolicy(of key: String) -> FallbackKeyValueStore.OutagePolicy {
        key.hasPrefix(prefix) ? .retained : .shared
    }

    /// Tells the other gateways. While the store is away they learn it from the data manager.
    func end(_ session: UUIDv7) async {
        do {
            try await store.set(key(session), to: [1], expiry: .seconds(AccessTokens.lifetime))
            note(isAway: false)
        } catch {
            note(isAway: error.isOutage)
        }
    }

    func verdict(on session: UUIDv7) async -> Verdict {
        do {
            let isEnded = try await store.value(of: key(session)) != nil
            note(isAway: false)
            return isEnded ? .ended : .notEnded
        } catch {
            note(isAway: error.isOutage)
            return .unknown
        }
    }

    /// Since when the store is away, as far as this gateway has noticed; `nil` while it is there.
    func outage() async -> Timestamp? {
        note(isAway: await store.health().condition != .ok)
        return outageStart.withLock { $0 }
    }

    private func key(_ session: UUIDv7) -> String { Self.prefix + session.description }

    private func note(isAway: Bool) {
        outageStart.withLock { $0 = isAway ? $0 ?? .now : nil }
    }
}

extension Gateway {
    /// What the keys that the gateway keeps in `Configuration.shared` are worth while that store is away.
    @Sendable public static func outagePolicy(of key: String) -> FallbackKeyValueStore.OutagePolicy {
        Revocations.outagePolicy(of: key)
    }
}
