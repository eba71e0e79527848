/// Whether calls may go to Redis: the circuit breaker as a value, without clock, socket or lock.
///
/// A connection that breaks is made again while calls wait a little (`connecting`). If that takes longer than their
/// patience, or the server hung (which cost callers their patience already), the breaker opens: calls fail at once
/// until the background has a connection again.
struct RedisAvailability<Connection: Sendable>: Sendable {
    enum Phase: Sendable {
        case connecting
        case ready([Connection])
        /// The breaker is open.
        case away(KeyValueError)
        case closed
    }

    enum Admission: Sendable {
        case go(Connection)
        case wait
        case fail(KeyValueError)
    }

    private(set) var phase = Phase.connecting
    /// Counts the times that the phase became `connecting`, so that patience with an earlier one ends nothing.
    private(set) var round = 0
    private var turn = 0

    mutating func admit() -> Admission {
        switch phase {
        case .ready(let connections):
            turn &+= 1
            return .go(connections[turn % connections.count])
        case .connecting: return .wait
        case .away(let error): return .fail(error)
        case .closed: return .fail(KeyValueError(.closed, "The connection to Redis was closed."))
        }
    }

    /// - Returns: whether the connections are wanted.
    mutating func connected(_ connections: [Connection]) -> Bool {
        if case .closed = phase { return false }
        phase = .ready(connections)
        return true
    }

    /// A connection of those in use ended.
    ///
    /// - Parameter hung: calls have waited in vain for an answer.
    /// - Returns: all that were in use, to be closed.
    mutating func lost(hung: Bool) -> [Connection] {
        guard case .ready(let connections) = phase else { return [] }
        round += 1
        phase = hung ? .away(KeyValueError(.unavailable, "Redis does not answer.")) : .connecting
        return connections
    }

    /// An attempt to connect failed. Calls that wait go on waiting; those that fail give the newest reason.
    mutating func failed(_ error: KeyValueError) {
        if case .away = phase { phase = .away(error) }
    }

    /// The patience of those who wait since `round` is over.
    ///
    /// - Returns: whether the breaker opened.
    mutating func impatient(round: Int, error: KeyValueError) -> Bool {
        guard case .connecting = phase, round == self.round else { return false }
        phase = .away(error)
        return true
    }

    mutating func close() -> [Connection] {
        defer { phase = .closed }
        guard case .ready(let connections) = phase else { return [] }
        return connections
    }
}
