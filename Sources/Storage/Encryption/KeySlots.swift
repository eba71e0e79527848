import AIBoxAPI
import Crypto
import Foundation

/// The file of wrapped keys, in slots of 128 bytes that are overwritten in place and never move.
///
/// | offset | bytes | slot 0 |
/// |---|---|---|
/// | 0 | 8 | "AIBXKEYS" |
/// | 8 | 8 | version: 1 |
/// | 16 | 8 | entries of the erasure ledger when this was last written |
/// | 24 | 32 | SHA-256 of the last of them |
/// | 56 | 40 | zeros |
/// | 96 | 32 | SHA-256 of the 96 bytes before |
///
/// | offset | bytes | every other slot; all zeros when it is free |
/// |---|---|---|
/// | 0 | 16 | whose key (`SlotName`) |
/// | 16 | 8 | name of the KEK that it is wrapped under |
/// | 24 | 40 | the key, wrapped (`WrappingKey`) |
/// | 64 | 32 | zeros |
/// | 96 | 32 | SHA-256 of the 96 bytes before |
///
/// A slot lies within one sector of a disk, so that it is written whole or not at all. Numbers are big endian. A change
/// of this value is on the disk after `sync`.
struct KeySlots: Sendable {
    static let size = 128
    /// Bytes of the largest file: 8 million keys.
    private static let limit = 1 << 30
    private static let magic = Array("AIBXKEYS".utf8)

    struct Slot: Sendable, Hashable {
        let name: SlotName
        let keyID: KeyID
        let wrapped: [UInt8]
    }

    private let file: DurableFile
    private(set) var anchor: ErasureLedger.Anchor
    /// Where each key is, and what it is wrapped under.
    private(set) var places: [SlotName: (index: Int, keyID: KeyID)] = [:]
    private var free: [Int] = []
    private var count: Int

    /// Opens the file at `path`, which must be there, for this process alone.
    ///
    /// - Throws: `StorageError` `.notFound`, `.unavailable` when another process has it, `.damaged`, `.inputOutput`.
    init(_ path: String) throws(StorageError) {
        file = try DurableFile(path, O_RDWR)
        try file.lock()
        let size = try file.status().st_size
        guard size <= Self.limit else { throw StorageError(.tooLarge, "\(path) is no key store") }
        let bytes = try file.read(at: 0, count: Int(size))
        anchor = try Self.anchor(in: bytes, path)
        // A slot that is cut off was being added when the power failed, and nobody was given its key.
        count = bytes.count / Self.size
        for index in 1..<max(1, count) {
            let slot = bytes[index * Self.size..<(index + 1) * Self.size]
            if slot.allSatisfy({ $0 == 0 }) {
                free.append(index)
            } else {
                let slot = try Self.slot(slot, path)
                guard places.updateValue((index, slot.keyID), forKey: slot.name) == nil else {
                    throw StorageError(.damaged, "\(path) holds a key twice")
                }
            }
        }
    }

    /// The content of a file with these keys.
    static func content(_ slots: [Slot], anchor: ErasureLedger.Anchor) -> [UInt8] {
        bytes(anchor) + slots.flatMap(bytes)
    }

    /// The keys in the content of a file.
    static func slots(in content: [UInt8]) throws(StorageError) -> (slots: [Slot], anchor: ErasureLedger.Anchor) {
        let anchor = try anchor(in: content, "a backup")
        var slots: [Slot] = []
        for start in stride(from: size, through: content.count - size, by: size) {
            slots.append(try slot(content[start..<start + size], "a backup"))
        }
        return (slots, anchor)
    }

    func slot(_ name: SlotName) throws(StorageError) -> Slot? {
        guard let index = places[name]?.index else { return nil }
        return try Self.slot(file.read(at: index * Self.size, count: Self.size)[...], file.path)
    }

    /// Every key; for backups.
    func all() throws(StorageError) -> [Slot] {
        var slots: [Slot] = []
        for name in places.keys { if let slot = try slot(name) { slots.append(slot) } }
        return slots
    }

    /// Adds a key, or puts it in place of the one with its name.
    mutating func put(_ slot: Slot) throws(StorageError) {
        let index = places[slot.name]?.index ?? free.last ?? count
        guard (index + 1) * Self.size <= Self.limit else { throw StorageError(.full, "\(file.path) is full") }
        try file.write(Self.bytes(slot), at: index * Self.size)
        if places.updateValue((index, slot.keyID), forKey: slot.name) == nil {
            if index == count { count += 1 } else { free.removeLast() }
        }
    }

    /// Overwrites a key with zeros, if there is one.
    mutating func destroy(_ name: SlotName) throws(StorageError) {
        guard let index = places[name]?.index else { return }
        try file.write([UInt8](repeating: 0, count: Self.size), at: index * Self.size)
        places[name] = nil
        free.append(index)
    }

    mutating func setAnchor(_ anchor: ErasureLedger.Anchor) throws(StorageError) {
        try file.write(Self.bytes(anchor), at: 0)
        self.anchor = anchor
    }

    func sync() throws(StorageError) { try file.sync() }

    /// Lets another process have the file.
    func unlock() { file.unlock() }

    private static func bytes(_ anchor: ErasureLedger.Anchor) -> [UInt8] {
        checked(magic + UInt64(1).bigEndianBytes + UInt64(anchor.count).bigEndianBytes + anchor.hash)
    }

    private static func bytes(_ slot: Slot) -> [UInt8] {
        checked(slot.name.bytes + slot.keyID.number.bigEndianBytes + slot.wrapped)
    }

    private static func checked(_ bytes: [UInt8]) -> [UInt8] {
        let padded = bytes + [UInt8](repeating: 0, count: 96 - bytes.count)
        return padded + SHA256.hash(data: padded)
    }

    private static func isWhole(_ slot: ArraySlice<UInt8>) -> Bool {
        slot.count == size && SHA256.hash(data: slot.prefix(96)).elementsEqual(slot.suffix(32))
    }

    private static func anchor(in content: [UInt8], _ path: String) throws(StorageError) -> ErasureLedger.Anchor {
        let slot = content.prefix(size)
        guard isWhole(slot), slot.starts(with: magic) else { throw StorageError(.damaged, "\(path) is no key store") }
        guard UInt64(bigEndianBytes: slot[8..<16]) == 1, let count = Int(exactly: UInt64(bigEndianBytes: slot[16..<24]))
        else { throw StorageError(.invalid, "\(path) was written by a later version of this program") }
        return ErasureLedger.Anchor(count: count, hash: Array(slot[24..<56]))
    }

    private static func slot(_ bytes: ArraySlice<UInt8>, _ path: String) throws(StorageError) -> Slot {
        guard isWhole(bytes) else { throw StorageError(.damaged, "\(path) is damaged: restore its backup") }
        let bytes = Array(bytes)
        return Slot(
            name: SlotName(bytes[0..<16]), keyID: KeyID(UInt64(bigEndianBytes: bytes[16..<24])),
            wrapped: Array(bytes[24..<64]))
    }
}
