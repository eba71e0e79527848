import AIBoxAPI
import Synchronization

/// Counts the event streams that are open.
final class EventStreams: Sendable {
    /// The right to one stream, given back with the last reference to it.
    final class Place: Sendable {
        private let streams: EventStreams

        fileprivate init(_ streams: EventStreams) { self.streams = streams }

        deinit { streams.count.withLock { $0 -= 1 } }
    }

    private let limit: Int
    private let count = Mutex(0)

    init(limit: Int) { self.limit = limit }

    /// - Throws: `Problem` 503 when as many are open as may be.
    func take() throws(Problem) -> Place {
        let isFree = count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard isFree else {
            throw .unavailable("\(limit) event streams are open already; close one or try later.", retryAfter: 30)
        }
        return Place(self)
    }

    var openCount: Int { count.withLock { $0 } }
}
