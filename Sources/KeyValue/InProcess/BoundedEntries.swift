/// Entries that expire, bounded by number and bytes. Room is made by what expired first, then by what was used least
/// recently. O(1) to read, O(log n) to write an entry that expires.
///
/// Expired entries are gone for every reader at once; their memory is given back a few at a time by later writes.
struct BoundedEntries<Value: Sendable>: Sendable {
    private struct Slot: Sendable {
        var key: String
        var value: Value
        var bytes: Int
        var expiresAt: Int64?
        /// Neighbours in the order of use.
        var older = -1
        var newer = -1
    }

    /// Tidied by one write at most, so that no write stands for all.
    private static var tidiedPerWrite: Int { 8 }

    /// About what an entry costs beside its key and value.
    static var overhead: Int { 160 }

    private let countLimit: Int
    private let byteLimit: Int
    private var slots: [Slot?] = []
    private var free: [Int] = []
    private var index: [String: Int] = [:]
    private var expiries = ExpiryHeap()
    private var oldest = -1
    private var newest = -1

    private(set) var bytes = 0
    private(set) var evictions = KeyValueEvictions()

    init(countLimit: Int, byteLimit: Int) {
        self.countLimit = max(1, countLimit)
        self.byteLimit = byteLimit
    }

    /// Entries held, some of which may have expired.
    var count: Int { index.count }

    /// The value, and when it expires; reading is using.
    mutating func read(_ key: String, now: Int64) -> (value: Value, expiresAt: Int64?)? {
        guard let position = index[key], let slot = slots[position] else { return nil }
        if let expiresAt = slot.expiresAt, expiresAt <= now {
            remove(at: position)
            evictions.expired += 1
            return nil
        }
        unlink(position)
        link(position)
        return (slot.value, slot.expiresAt)
    }

    /// - Parameter size: bytes of the value.
    mutating func write(_ key: String, _ value: Value, size: Int, expiresAt: Int64?, now: Int64) {
        remove(key)
        tidy(now: now, atMost: Self.tidiedPerWrite)
        let size = size + key.utf8.count + Self.overhead
        makeRoom(for: size, now: now)
        let position = free.popLast() ?? slots.endIndex
        let slot = Slot(key: key, value: value, bytes: size, expiresAt: expiresAt)
        if position == slots.endIndex { slots.append(slot) } else { slots[position] = slot }
        index[key] = position
        bytes += size
        expiries.set(position, expiresAt: expiresAt)
        link(position)
    }

    mutating func remove(_ key: String) {
        guard let position = index[key] else { return }
        remove(at: position)
    }

    mutating func removeAll() {
        let evictions = evictions
        self = BoundedEntries(countLimit: countLimit, byteLimit: byteLimit)
        self.evictions = evictions
    }

    private mutating func makeRoom(for size: Int, now: Int64) {
        while !index.isEmpty, index.count >= countLimit || bytes + size > byteLimit {
            if tidy(now: now, atMost: 1) == 0 {
                remove(at: oldest)
                evictions.leastRecentlyUsed += 1
            }
        }
    }

    @discardableResult
    private mutating func tidy(now: Int64, atMost limit: Int) -> Int {
        var tidied = 0
        while tidied < limit, let first = expiries.first, first.expiresAt <= now {
            remove(at: first.slot)
            tidied += 1
        }
        evictions.expired += tidied
        return tidied
    }

    private mutating func remove(at position: Int) {
        guard let slot = slots[position] else { return }
        unlink(position)
        expiries.set(position, expiresAt: nil)
        index[slot.key] = nil
        bytes -= slot.bytes
        slots[position] = nil
        free.append(position)
    }

    /// Makes a slot the most recently used.
    private mutating func link(_ position: Int) {
        slots[position]?.older = newest
        slots[position]?.newer = -1
        if newest >= 0 { slots[newest]?.newer = position }
        newest = position
        if oldest < 0 { oldest = position }
    }

    private mutating func unlink(_ position: Int) {
        guard let slot = slots[position] else { return }
        if slot.older >= 0 { slots[slot.older]?.newer = slot.newer } else { oldest = slot.newer }
        if slot.newer >= 0 { slots[slot.newer]?.older = slot.older } else { newest = slot.older }
    }
}

/// What an in-process store let go.
public struct KeyValueEvictions: Hashable, Sendable {
    /// Entries whose time was over.
    public var expired = 0
    /// Entries that had to make room.
    public var leastRecentlyUsed = 0
}
