import AIBoxAPI
import Foundation

/// A backup of the folder of subjects' keys, good for a limited time.
///
/// | offset | bytes | |
/// |---|---|---|
/// | 0 | 8 | "AIBXKB" and the version: 0, 1 |
/// | 8 | 8 | made at: milliseconds since 1970, big endian |
/// | 16 | 8 | good until |
/// | 24 | … | a `SealedValue` under the current KEK; its context is the 24 bytes before |
///
/// Sealed are 8 bytes with the length of the keys, the content of a file of `KeySlots`, and the ledger. The keys in it
/// are those of subjects who may be erased later. So it must not live long: it is refused after its time, and whoever
/// keeps backups deletes it then. Until that, who has it **and** the KEK **and** a backup of the database can read them.
public struct SubjectKeyBackup: Sendable, Hashable {
    /// The longest time that a backup may be good for, in seconds: 35 days.
    public static let longestLife: TimeInterval = 35 * 24 * 3600
    private static let magic = Array("AIBXKB".utf8) + [0, 1]
    private static let headSize = 24

    public let made: Date
    public let expires: Date

    /// What was done to restore one.
    public struct Restoration: Sendable, Hashable {
        public let backup: SubjectKeyBackup
        /// Everybody in the ledger. They have no keys any more; rows of a restored database that are still theirs have to
        /// be deleted.
        public let erased: [UUIDv7]
        /// The ledger was lost, and is as old as the backup: who was erased since is not known.
        public let isLedgerFromBackup: Bool
    }

    /// Writes a backup in place of what may be at `path`.
    ///
    /// - Parameter life: seconds it is good for.
    /// - Throws: `StorageError` `.invalid` for a life beyond `longestLife`, `.tooLarge`, `.inputOutput`.
    @discardableResult
    public static func write(
        _ keys: SubjectKeys, to path: String, life: TimeInterval, now: Date = .now
    ) throws(StorageError) -> SubjectKeyBackup {
        guard life > 0, life <= longestLife else {
            throw StorageError(.invalid, "a backup of keys is good for \(Int(longestLife / 86400)) days at most")
        }
        let backup = SubjectKeyBackup(made: now, expires: now + life)
        let (slots, ledger, ring) = try keys.snapshot()
        let content = UInt64(slots.count).bigEndianBytes + slots + ledger
        try DurableFile.replace(path, with: backup.head + SealedValue.seal(content, backup.context, with: ring))
        return backup
    }

    /// Puts the keys of a backup into a folder that no process has open, in place of those that may be there, but for
    /// the subjects that the folder's ledger says are erased. The former keys are overwritten.
    ///
    /// - Parameter acceptsLostLedger: go on when the folder has no ledger, with the one in the backup.
    /// - Throws: `StorageError` `.denied` when it has expired or its KEK is missing; `.notFound` without a ledger;
    ///   `.damaged` for a damaged backup, and for a ledger that is not the continuation of the one in the backup.
    public static func restore(
        from path: String, into folder: String, _ ring: KeyRing, acceptingLostLedger acceptsLostLedger: Bool = false,
        now: Date = .now
    ) throws(StorageError) -> Restoration {
        let (backup, content) = try read(path, ring)
        guard now < backup.expires else {
            throw StorageError(
                .denied, "the backup \(path) was good until \(backup.expires.formatted(.iso8601)): delete it")
        }
        let (slots, anchor) = try KeySlots.slots(in: content.keys)
        let files = SubjectKeyFiles(folder: folder)
        try DurableFolder.make(folder)
        let isLedgerLost = !DurableFile.exists(files.ledger)
        if isLedgerLost {
            guard acceptsLostLedger else {
                throw StorageError(
                    .notFound,
                    "\(files.ledger) is missing, without which erased people would come back: put its copy there")
            }
            _ = try ErasureLedger.read(content.ledger, path, expected: anchor)
            try DurableFile.replace(files.ledger, with: content.ledger)
        }
        let ledger = try ErasureLedger(files.ledger, expected: anchor)
        let left = slots.filter { !($0.name.subject.map(ledger.subjects.contains) ?? false) }
        let former = try formerKeys(files)
        try DurableFile.replace(files.keys, with: KeySlots.content(left, anchor: ledger.anchor))
        try former?.erase()
        return Restoration(
            backup: backup, erased: ledger.subjects.sorted(), isLedgerFromBackup: isLedgerLost)
    }

    /// The keys that are to be replaced, which no other process has open.
    private static func formerKeys(_ files: SubjectKeyFiles) throws(StorageError) -> DurableFile? {
        guard DurableFile.exists(files.keys) else { return nil }
        let former = try DurableFile(files.keys, O_RDWR)
        try former.lock()
        return former
    }

    private static func read(
        _ path: String, _ ring: KeyRing
    ) throws(StorageError) -> (backup: SubjectKeyBackup, content: (keys: [UInt8], ledger: [UInt8])) {
        let file = try DurableFile(path, O_RDONLY)
        let size = Int(try file.status().st_size)
        guard size > headSize, size <= headSize + SealedValue.limit + SealedValue.overhead else {
            throw StorageError(.damaged, "\(path) is no backup of keys")
        }
        let bytes = try file.read(at: 0, count: size)
        guard bytes.starts(with: magic) else { throw StorageError(.damaged, "\(path) is no backup of keys") }
        let backup = SubjectKeyBackup(made: date(bytes[8..<16]), expires: date(bytes[16..<24]))
        let sealed = Array(bytes.dropFirst(headSize))
        guard SealedValue.isSealed(sealed) else { throw StorageError(.damaged, "\(path) is no backup of keys") }
        let content = try SealedValue.open(sealed, backup.context, with: ring)
        let count = Int(clamping: UInt64(bigEndianBytes: content.prefix(8)))
        guard content.count >= 8, count <= content.count - 8 else {
            throw StorageError(.damaged, "\(path) is no backup of keys")
        }
        return (backup, (Array(content[8..<8 + count]), Array(content[(8 + count)...])))
    }

    private init(made: Date, expires: Date) { (self.made, self.expires) = (made, expires) }

    private var head: [UInt8] { Self.magic + Self.milliseconds(made) + Self.milliseconds(expires) }

    private var context: SealContext { .item("backup of subjects' keys", head) }

    private static func milliseconds(_ date: Date) -> [UInt8] {
        UInt64(clamping: Int64(date.timeIntervalSince1970 * 1000)).bigEndianBytes
    }

    private static func date(_ bytes: some Collection<UInt8>) -> Date {
        Date(timeIntervalSince1970: Double(UInt64(bigEndianBytes: bytes)) / 1000)
    }
}
