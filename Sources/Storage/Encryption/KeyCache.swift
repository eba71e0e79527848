import AIBoxAPI

/// Unwrapped keys, at most `limit`; the oldest goes first. swift-crypto overwrites a key's memory when nothing holds it
/// any more, but not copies that registers, swap or a core dump may have.
struct KeyCache: Sendable {
    private let limit: Int
    private var rings: [UUIDv7: KeyRing] = [:]
    /// In order of arrival from `next` on, around the end; some may have been removed since.
    private var order: [UUIDv7] = []
    private var next = 0

    init(limit: Int) { self.limit = max(1, limit) }

    var count: Int { rings.count }

    subscript(subject: UUIDv7) -> KeyRing? { rings[subject] }

    mutating func add(_ subject: UUIDv7, _ ring: KeyRing) -> KeyRing {
        if order.count < limit {
            order.append(subject)
        } else {
            rings[order[next]] = nil
            order[next] = subject
            next = (next + 1) % limit
        }
        rings[subject] = ring
        return ring
    }

    mutating func remove(_ subject: UUIDv7) { rings[subject] = nil }

    mutating func removeAll() { (rings, order, next) = ([:], [], 0) }
}
