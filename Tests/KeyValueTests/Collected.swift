import Synchronization

/// What concurrent work of a test left behind.
final class Collected<Element: Sendable>: Sendable {
    private let state = Mutex<[Element]>([])

    var elements: [Element] { state.withLock { $0 } }
    var count: Int { state.withLock { $0.count } }

    func add(_ element: Element) { state.withLock { $0.append(element) } }
}
