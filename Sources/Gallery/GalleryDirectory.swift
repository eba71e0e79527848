/// Which slot holds which template, and which are free. Lives in the gallery's mutex.
struct GalleryDirectory {
    private let dimensions: Int
    private let stride: Int
    private let file: TemplateFile?
    private(set) var blocks: [GalleryBlock] = []
    private(set) var anchorCount = 0
    private var free: [Int32] = []
    private var used: Int32 = 0
    /// Key to slot.
    private var keys = SlotTable()
    /// Person to one of its slots, from which the ring leads to the others.
    private var persons = SlotTable()

    init(dimensions: Int, stride: Int, file: TemplateFile?) {
        self.dimensions = dimensions
        self.stride = stride
        self.file = file
    }

    var count: Int { keys.count }
    var personCount: Int { persons.count }
    var usedSlots: Int { Int(used) }
    var residentBytes: Int {
        (blocks.first?.residentBytes ?? 0) * blocks.count + keys.residentBytes + persons.residentBytes
            + free.capacity * MemoryLayout<Int32>.stride
    }

    func slot(of key: GalleryKey) -> Int32? { keys.find(key, keyOf: keyOf) }

    /// The slots of a person, anchors included.
    func slots(of person: GalleryKey) -> [Int32] {
        guard let head = persons.find(person, keyOf: personOf) else { return [] }
        var slots = [head]
        var slot = next(of: head)
        while slot != head {
            slots.append(slot)
            slot = next(of: slot)
        }
        return slots
    }

    func block(of slot: Int32) -> GalleryBlock { blocks[Int(slot) / GalleryBlock.rows] }
    func row(of slot: Int32) -> Int { Int(slot) % GalleryBlock.rows }
    private func person(of slot: Int32) -> GalleryKey { block(of: slot).persons[row(of: slot)] }
    /// Keys of slots for the tables. It holds the blocks only: with a hold on a table, each change would copy it.
    private var keyOf: (Int32) -> GalleryKey {
        let blocks = blocks
        return { blocks[Int($0) / GalleryBlock.rows].keys[Int($0) % GalleryBlock.rows] }
    }
    /// Persons of slots, likewise.
    private var personOf: (Int32) -> GalleryKey {
        let blocks = blocks
        return { blocks[Int($0) / GalleryBlock.rows].persons[Int($0) % GalleryBlock.rows] }
    }
    private func next(of slot: Int32) -> Int32 { block(of: slot).next[row(of: slot)] }

    /// Adds a template whose key is new. Throws `full` and `storageUnusable`; then nothing has changed.
    mutating func add(key: GalleryKey, person: GalleryKey, isAnchor: Bool, vector: QuantisedVector) throws(GalleryError)
    {
        let slot = try takeSlot()
        do {
            try block(of: slot).fill(
                row(of: slot), key: key, person: person, state: isAnchor ? .anchor : .face, vector: vector)
        } catch {
            free.append(slot)
            throw error
        }
        keys.set(key, to: slot, keyOf: keyOf)
        link(slot, to: person)
        anchorCount += isAnchor ? 1 : 0
    }

    /// Changes a template in its slot, so that a search under way sees the old or the new one, never neither. Throws
    /// `storageUnusable`; then the template is gone.
    mutating func replace(
        _ slot: Int32, key: GalleryKey, person: GalleryKey, isAnchor: Bool, vector: QuantisedVector
    ) throws(GalleryError) {
        let block = block(of: slot)
        let row = row(of: slot)
        if block.states[row] == .anchor { anchorCount -= 1 }
        unlink(slot)
        // The tables find keys in the slots: no entry may point to the slot while its key is not there.
        keys.remove(key, keyOf: keyOf)
        do {
            try block.fill(row, key: key, person: person, state: isAnchor ? .anchor : .face, vector: vector)
        } catch {
            free.append(slot)
            throw error
        }
        keys.set(key, to: slot, keyOf: keyOf)
        link(slot, to: person)
        anchorCount += isAnchor ? 1 : 0
    }

    /// Removes a template. Throws `storageUnusable` when its vector could not be overwritten; it is removed even so.
    mutating func remove(_ slot: Int32) throws(GalleryError) {
        let block = block(of: slot)
        let row = row(of: slot)
        if block.states[row] == .anchor { anchorCount -= 1 }
        unlink(slot)
        keys.remove(block.keys[row], keyOf: keyOf)
        free.append(slot)
        try block.empty(row)
    }

    private mutating func takeSlot() throws(GalleryError) -> Int32 {
        if let slot = free.popLast() { return slot }
        guard used < .max else { throw GalleryError(.full, "a gallery holds at most \(Int32.max) templates") }
        if Int(used) == blocks.count * GalleryBlock.rows {
            blocks.append(
                try GalleryBlock(dimensions: dimensions, stride: stride, file: file, firstSlot: Int(used)))
        }
        used += 1
        return used - 1
    }

    /// Adds the slot to the ring of a person, which its block already names.
    private mutating func link(_ slot: Int32, to person: GalleryKey) {
        let head = persons.find(person, keyOf: personOf) ?? slot
        let after = head == slot ? slot : next(of: head)
        setNext(of: head, to: slot)
        setNext(of: slot, to: after)
        block(of: slot).previous[row(of: slot)] = head
        block(of: after).previous[row(of: after)] = slot
        persons.set(person, to: head, keyOf: personOf)
    }

    /// Takes the slot out of its person's ring while its block still names the person.
    private mutating func unlink(_ slot: Int32) {
        let person = person(of: slot)
        let after = next(of: slot)
        guard after != slot else {
            persons.remove(person, keyOf: personOf)
            return
        }
        let before = block(of: slot).previous[row(of: slot)]
        setNext(of: before, to: after)
        block(of: after).previous[row(of: after)] = before
        persons.set(person, to: after, keyOf: personOf)
    }

    private func setNext(of slot: Int32, to next: Int32) { block(of: slot).next[row(of: slot)] = next }
}
