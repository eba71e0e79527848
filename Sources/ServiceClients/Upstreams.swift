import Synchronization

/// The addresses of one service, in turn. One that could not be connected to is passed over for a few seconds,
/// unless none is left.
final class Upstreams: Sendable {
    private struct State {
        var next = 0
        var restingUntil: [ContinuousClock.Instant?]
    }

    /// Without a slash at the end.
    let addresses: [String]
    private let rest: Duration
    private let state: Mutex<State>

    init(_ addresses: [String], rest: Duration = .seconds(3)) {
        self.addresses = addresses.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        self.rest = rest
        state = Mutex(State(restingUntil: addresses.map { _ in nil }))
    }

    /// Every index once, the best to try first.
    func order() -> [Int] {
        let now = ContinuousClock.now
        return state.withLock { state in
            let turn = state.next
            state.next = (turn + 1) % max(1, addresses.count)
            let order = addresses.indices.map { (turn + $0) % addresses.count }
            let resting = order.filter { state.restingUntil[$0].map { $0 > now } ?? false }
            return order.filter { !resting.contains($0) } + resting
        }
    }

    func markUnreachable(_ index: Int) {
        state.withLock { $0.restingUntil[index] = .now + rest }
    }

    func markReachable(_ index: Int) {
        state.withLock { $0.restingUntil[index] = nil }
    }
}
