/// A hash table of slot numbers: four bytes an entry, because the keys lie in the slots. Linear probing, removal by
/// shifting back (Knuth, The Art of Computer Programming 3, 6.4, algorithm R).
struct SlotTable {
    private var slots = [Int32](repeating: -1, count: 16)
    private(set) var count = 0
    private var mask: Int { slots.count - 1 }

    var residentBytes: Int { slots.count * MemoryLayout<Int32>.stride }

    func find(_ key: GalleryKey, keyOf: (Int32) -> GalleryKey) -> Int32? {
        let slot = slots[index(of: key, keyOf: keyOf)]
        return slot < 0 ? nil : slot
    }

    /// Adds the key's slot, or changes it.
    mutating func set(_ key: GalleryKey, to slot: Int32, keyOf: (Int32) -> GalleryKey) {
        if (count + 1) * 10 > slots.count * 7 { grow(keyOf) }
        let index = index(of: key, keyOf: keyOf)
        if slots[index] < 0 { count += 1 }
        slots[index] = slot
    }

    mutating func remove(_ key: GalleryKey, keyOf: (Int32) -> GalleryKey) {
        var hole = index(of: key, keyOf: keyOf)
        guard slots[hole] >= 0 else { return }
        count -= 1
        var probe = hole
        while true {
            probe = (probe + 1) & mask
            guard slots[probe] >= 0 else { break }
            let home = keyOf(slots[probe]).hashValue & mask
            // Whether `home` lies cyclically in (hole, probe]: then the entry is found without passing the hole.
            let stays = hole < probe ? (hole < home && home <= probe) : (hole < home || home <= probe)
            if stays { continue }
            slots[hole] = slots[probe]
            hole = probe
        }
        slots[hole] = -1
    }

    /// Where the key's slot is, or would be.
    private func index(of key: GalleryKey, keyOf: (Int32) -> GalleryKey) -> Int {
        var index = key.hashValue & mask
        while slots[index] >= 0, keyOf(slots[index]) != key { index = (index + 1) & mask }
        return index
    }

    private mutating func grow(_ keyOf: (Int32) -> GalleryKey) {
        let old = slots
        slots = [Int32](repeating: -1, count: old.count * 2)
        for slot in old where slot >= 0 { slots[index(of: keyOf(slot), keyOf: keyOf)] = slot }
    }
}
