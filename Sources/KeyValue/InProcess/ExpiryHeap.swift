/// A binary heap of slots by the time they expire, in which a slot can be moved or removed: O(log n) each.
struct ExpiryHeap: Sendable {
    private struct Node {
        var expiresAt: Int64
        var slot: Int
    }

    private var nodes: [Node] = []
    /// Where a slot's node is.
    private var positions: [Int: Int] = [:]

    var first: (expiresAt: Int64, slot: Int)? { nodes.first.map { ($0.expiresAt, $0.slot) } }

    /// Sets the time at which a slot expires; `nil` takes it out.
    mutating func set(_ slot: Int, expiresAt: Int64?) {
        guard let expiresAt else { return remove(slot) }
        if let position = positions[slot] {
            nodes[position].expiresAt = expiresAt
            settle(position)
        } else {
            nodes.append(Node(expiresAt: expiresAt, slot: slot))
            positions[slot] = nodes.count - 1
            settle(nodes.count - 1)
        }
    }

    private mutating func remove(_ slot: Int) {
        guard let position = positions.removeValue(forKey: slot) else { return }
        let last = nodes.removeLast()
        guard position < nodes.count else { return }
        nodes[position] = last
        positions[last.slot] = position
        settle(position)
    }

    /// Moves the node at `position` up or down to where it belongs.
    private mutating func settle(_ position: Int) {
        var position = position
        while position > 0, nodes[position].expiresAt < nodes[(position - 1) / 2].expiresAt {
            exchange(position, (position - 1) / 2)
            position = (position - 1) / 2
        }
        while let child = earlierChild(of: position), nodes[child].expiresAt < nodes[position].expiresAt {
            exchange(position, child)
            position = child
        }
    }

    private func earlierChild(of position: Int) -> Int? {
        let left = 2 * position + 1
        guard left < nodes.count else { return nil }
        let right = left + 1
        return right < nodes.count && nodes[right].expiresAt < nodes[left].expiresAt ? right : left
    }

    private mutating func exchange(_ a: Int, _ b: Int) {
        nodes.swapAt(a, b)
        positions[nodes[a].slot] = a
        positions[nodes[b].slot] = b
    }
}
