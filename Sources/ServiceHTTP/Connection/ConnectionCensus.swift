import NIOCore
import Synchronization

/// The open connections of one server. When more are open than may be, the one that has waited longest for a request
/// makes room, so that connections which are only held open (by an idle pool, or a client that sends its head byte by
/// byte: "slow loris") keep nobody out.
///
/// A connection with a request under way is never ended.
final class ConnectionCensus: Sendable {
    /// Sent through a connection's pipeline: it ends itself, unless a request came meanwhile (`stay`).
    struct MakeRoom {}

    private struct Entry {
        let channel: any Channel
        /// Since when it waits for the head of a request; `nil` while a request is under way.
        var waitingSince: ContinuousClock.Instant?
    }

    private let limit: Int
    private let entries = Mutex<[ObjectIdentifier: Entry]>([:])

    /// - Parameter limit: connections that may be open before one has to make room.
    init(limit: Int) { self.limit = limit }

    /// Connections that are open, those that were told to end not among them.
    var count: Int { entries.withLock { $0.count } }

    /// A connection was opened; it waits for its first request.
    func enter(_ channel: any Channel) {
        let leaving: (any Channel)? = entries.withLock { entries in
            entries[ObjectIdentifier(channel)] = Entry(channel: channel, waitingSince: .now)
            guard entries.count > limit else { return nil }
            let longest = entries.filter { $0.value.waitingSince != nil && $0.value.channel !== channel }
                .min { ($0.value.waitingSince ?? .now) < ($1.value.waitingSince ?? .now) }
            return longest.flatMap { entries.removeValue(forKey: $0.key)?.channel }
        }
        leaving?.pipeline.fireUserInboundEventTriggered(MakeRoom())
    }

    /// The connection that was to make room has a request under way.
    func stay(_ channel: any Channel) {
        entries.withLock { $0[ObjectIdentifier(channel)] = Entry(channel: channel, waitingSince: nil) }
    }

    /// A request has begun.
    func beginRequest(_ channel: any Channel) { note(channel, waitingSince: nil) }

    /// The last request under way was answered.
    func endRequests(_ channel: any Channel) { note(channel, waitingSince: .now) }

    /// The connection was closed.
    func leave(_ channel: any Channel) {
        entries.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    /// One that was told to end stays forgotten.
    private func note(_ channel: any Channel, waitingSince: ContinuousClock.Instant?) {
        entries.withLock { $0[ObjectIdentifier(channel)]?.waitingSince = waitingSince }
    }
}
