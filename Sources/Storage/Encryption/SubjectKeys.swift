import AIBoxAPI
import Crypto
import Foundation
import Synchronization

/// One random key for each subject (a person), in a folder apart from the database. Whatever tells of the subject is
/// sealed under that key; to destroy it is to make all of it unreadable, in the database, its journals and its backups.
///
/// The folder holds `subjects.keys` (`KeySlots`: the keys, wrapped under the current KEK) and `erasures.ledger`
/// (`ErasureLedger`). It belongs to one process. An erasure is first written to the ledger, then the key is overwritten,
/// each fsynced; opening the folder destroys the keys that the ledger says are erased. So a kill at any moment leaves a
/// key that is still there and not in the ledger, or one that cannot be had any more.
///
/// All calls block for a disk's fsync; they do not belong on the cooperative pool.
public final class SubjectKeys: Sendable {
    private struct State {
        var slots: KeySlots
        var ledger: ErasureLedger
        var cache: KeyCache
    }

    /// The key of everything that is searched by a keyed index (`KeyedIndex`). It stays when the KEK is rotated.
    public let indexKey: SymmetricKey
    /// The key of blobs that belong to no subject. It stays when the KEK is rotated, so that no blob is touched then.
    public let blobKeys: KeyRing
    private let ring: KeyRing
    private let state: Mutex<State>

    /// Opens the folder, or makes one.
    ///
    /// - Parameters:
    ///   - ring: the KEKs.
    ///   - cacheLimit: unwrapped keys that are kept in memory; each is overwritten when it leaves it.
    /// - Throws: `StorageError` `.denied` naming the KEK that is missing; `.notFound` when there is a ledger but no keys;
    ///   `.damaged`, `.unavailable` when another process has the folder, `.inputOutput`.
    public init(folder: String, _ ring: KeyRing, cacheLimit: Int = 1024) throws(StorageError) {
        let files = SubjectKeyFiles(folder: folder)
        try files.makeIfAbsent()
        var slots = try KeySlots(files.keys)
        let ledger = try ErasureLedger(files.ledger, expected: slots.anchor)
        try Self.replay(ledger, &slots)
        try Self.check(ring, &slots)
        indexKey = try Self.ownKey(.index, ring, &slots)
        blobKeys = KeyRing(
            WrappingKey(try Self.ownKey(.blobs, ring, &slots)), acceptingPlain: ring.acceptsPlain)
        self.ring = ring
        state = Mutex(State(slots: slots, ledger: ledger, cache: KeyCache(limit: cacheLimit)))
    }

    /// The subject's key as a ring to seal and open with; made at first use.
    ///
    /// - Throws: `StorageError` `.notFound` for a subject that was erased.
    public func keys(of subject: UUIDv7) throws(StorageError) -> KeyRing {
        if let keys = try existingKeys(of: subject) { return keys }
        return try state.withLock { (state) throws(StorageError) in
            guard !state.ledger.subjects.contains(subject) else {
                throw StorageError(.notFound, "subject \(subject) was erased")
            }
            // Another thread may have been here in between.
            if let keys = try existing(subject, &state) { return keys }
            let key = SymmetricKey(size: .bits256)
            try state.slots.add(key, SlotName(subject), under: ring.current)
            return state.cache.add(subject, subjectRing(key))
        }
    }

    /// The subject's key; `nil` when it has none: it never had one, or it was erased.
    public func existingKeys(of subject: UUIDv7) throws(StorageError) -> KeyRing? {
        try state.withLock { (state) throws(StorageError) in try existing(subject, &state) }
    }

    /// Destroys the subject's key and notes the erasure; returns when both are on the disk. Also for a subject that never
    /// had a key, so that a restored database forgets it. Once is enough.
    public func erase(_ subject: UUIDv7, at time: Date = .now) throws(StorageError) {
        try state.withLock { (state) throws(StorageError) in
            if !state.ledger.subjects.contains(subject) { try state.ledger.append(subject, at: time) }
            state.cache.remove(subject)
            try state.slots.destroy(SlotName(subject))
            try state.slots.setAnchor(state.ledger.anchor)
            try state.slots.sync()
        }
    }

    /// Whether the ledger has the subject.
    public func isErased(_ subject: UUIDv7) -> Bool { state.withLock { $0.ledger.subjects.contains(subject) } }

    /// Everybody who has a key.
    public var subjects: Set<UUIDv7> { state.withLock { Set($0.slots.places.keys.compactMap(\.subject)) } }

    /// The KEKs that are in use, current ones and older ones not retired yet, and how many keys are wrapped under each.
    public var wrappedCounts: [KeyID: Int] {
        state.withLock {
            $0.slots.places.reduce(into: [:]) { $0[$1.value.keyID, default: 0] += $1.key.isCheck ? 0 : 1 }
        }
    }

    /// Lets another process have the folder. Nothing may be asked of it afterwards.
    public func close() {
        state.withLock {
            $0.cache.removeAll()
            $0.slots.unlock()
        }
    }

    /// Wraps the keys of up to `limit` subjects under the current KEK that are under an older one. Returns how many there
    /// were; 0: all of them are done.
    public func rewrap(limit: Int = 1000) throws(StorageError) -> Int {
        try state.withLock { (state) throws(StorageError) in
            let old = state.slots.places.filter { $0.value.keyID != ring.current.id && !$0.key.isCheck }.prefix(limit)
            for name in old.map(\.key) {
                guard let slot = try state.slots.slot(name) else { continue }
                let key = try ring.key(slot.keyID).unwrap(slot.wrapped, of: name)
                try state.slots.put(
                    .init(name: name, keyID: ring.current.id, wrapped: ring.current.wrap(key, of: name)))
            }
            try state.slots.sync()
            return old.count
        }
    }

    /// Forgets that a KEK was ever used, so that the ring may come without it. To be called when nothing is sealed under
    /// it any more (`KeyRing.keyIDs(of:)` of all headers).
    ///
    /// - Throws: `StorageError` `.conflict` while it is current, or subjects' keys are wrapped under it.
    public func retire(_ id: KeyID) throws(StorageError) {
        try state.withLock { (state) throws(StorageError) in
            let count = state.slots.places.count { $0.value.keyID == id && !$0.key.isCheck }
            guard id != ring.current.id, count == 0 else {
                throw StorageError(.conflict, "key \(id) is in use: \(count) keys of subjects are wrapped under it")
            }
            try state.slots.destroy(.check(of: id))
            try state.slots.sync()
        }
    }

    /// What a backup holds, as of one moment.
    func snapshot() throws(StorageError) -> (keys: [UInt8], ledger: [UInt8], ring: KeyRing) {
        try state.withLock { (state) throws(StorageError) in
            let keys = KeySlots.content(try state.slots.all(), anchor: state.ledger.anchor)
            return (keys, try state.ledger.content(), ring)
        }
    }

    private func existing(_ subject: UUIDv7, _ state: inout State) throws(StorageError) -> KeyRing? {
        // An erasure that failed half way has come as far as the ledger.
        if state.ledger.subjects.contains(subject) { return nil }
        if let keys = state.cache[subject] { return keys }
        guard let slot = try state.slots.slot(SlotName(subject)) else { return nil }
        let key = try ring.key(slot.keyID).unwrap(slot.wrapped, of: slot.name)
        return state.cache.add(subject, subjectRing(key))
    }

    private func subjectRing(_ key: SymmetricKey) -> KeyRing {
        KeyRing(WrappingKey(key), acceptingPlain: ring.acceptsPlain)
    }

    /// Finishes erasures that were cut short, and those of before a restored backup.
    private static func replay(_ ledger: ErasureLedger, _ slots: inout KeySlots) throws(StorageError) {
        let left = slots.places.keys.filter { $0.subject.map(ledger.subjects.contains) ?? false }
        guard !left.isEmpty || slots.anchor != ledger.anchor else { return }
        for name in left { try slots.destroy(name) }
        try slots.setAnchor(ledger.anchor)
        try slots.sync()
    }

    /// Refuses a ring without a key that was ever used and not retired.
    private static func check(_ ring: KeyRing, _ slots: inout KeySlots) throws(StorageError) {
        for id in Set(slots.places.values.map(\.keyID)).sorted() { _ = try ring.key(id) }
        for name in slots.places.keys where name.isCheck {
            guard let slot = try slots.slot(name) else { continue }
            _ = try ring.key(slot.keyID).unwrap(slot.wrapped, of: name)
        }
        let name = SlotName.check(of: ring.current.id)
        if slots.places[name] == nil { try slots.add(SymmetricKey(size: .bits256), name, under: ring.current) }
    }

    /// A key of the store itself; made at first use.
    private static func ownKey(
        _ name: SlotName, _ ring: KeyRing, _ slots: inout KeySlots
    ) throws(StorageError) -> SymmetricKey {
        if let slot = try slots.slot(name) { return try ring.key(slot.keyID).unwrap(slot.wrapped, of: name) }
        let key = SymmetricKey(size: .bits256)
        try slots.add(key, name, under: ring.current)
        return key
    }
}

extension KeySlots {
    /// Adds a key and returns when it is on the disk.
    fileprivate mutating func add(_ key: SymmetricKey, _ name: SlotName, under kek: WrappingKey) throws(StorageError) {
        try put(Slot(name: name, keyID: kek.id, wrapped: kek.wrap(key, of: name)))
        try sync()
    }
}
