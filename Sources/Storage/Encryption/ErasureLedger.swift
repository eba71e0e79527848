import AIBoxAPI
import Crypto
import Foundation

/// Who was erased, in a file that is only ever added to: what makes a restored backup forget them again.
///
/// One line for each: its number from 1, the time (UTC), the subject, and the SHA-256 of the line before (zeros for the
/// first), in hexadecimal digits; without the line end. An identifier is random and names nobody.
///
/// ```
/// 1 2026-01-31T12:00:00.000Z 019c1394-3d60-7abc-8def-0123456789ab 0000…0000
/// ```
///
/// A line that was altered, taken out or put in breaks the chain of hashes, and the last one is held by the `Anchor` in
/// the key store. Whoever can write both files can rewrite both: keep a copy of the ledger elsewhere.
struct ErasureLedger: Sendable {
    /// How far a ledger has come.
    struct Anchor: Sendable, Hashable {
        var count = 0
        /// SHA-256 of the last line; zeros for none.
        var hash = [UInt8](repeating: 0, count: SHA256.byteCount)
    }

    /// Bytes of the largest file: some 8 million entries.
    private static let limit = 1 << 30
    private static let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    private let file: DurableFile
    private var size: Int
    private(set) var anchor: Anchor
    private(set) var subjects: Set<UUIDv7>

    /// Opens the ledger; makes one where none is expected. What is behind the last line end was being written when the process was
    /// killed, and is cut off.
    ///
    /// - Parameter expected: how far it has come at least.
    /// - Throws: `StorageError` `.notFound` when it is missing, `.damaged` when it was altered or lacks entries,
    ///   `.inputOutput`.
    init(_ path: String, expected: Anchor) throws(StorageError) {
        file = try DurableFile(path, expected.count == 0 ? O_RDWR | O_CREAT : O_RDWR)
        let bytes = try file.status().st_size
        guard bytes <= Self.limit else { throw StorageError(.tooLarge, "\(path) is no erasure ledger") }
        let content = try Self.read(file.read(at: 0, count: Int(bytes)), path, expected: expected)
        (size, anchor, subjects) = (content.size, content.anchor, Set(content.subjects))
        if size < bytes {
            try file.truncate(to: size)
            try file.sync()
        }
        if size == 0 { try DurableFile.syncFolder(of: path) }
    }

    /// Returns once the entry will survive a power failure.
    mutating func append(_ subject: UUIDv7, at date: Date) throws(StorageError) {
        let line = [
            String(anchor.count + 1), date.formatted(Self.time), subject.description, Self.digits(anchor.hash),
        ].joined(separator: " ")
        guard size + line.utf8.count < Self.limit else { throw StorageError(.full, "\(file.path) is full") }
        // At the known end: over what a write that failed may have left there.
        try file.write(Array("\(line)\n".utf8), at: size)
        try file.sync()
        size += line.utf8.count + 1
        anchor = Anchor(count: anchor.count + 1, hash: Self.hash(line))
        subjects.insert(subject)
    }

    /// All of it, for backups.
    func content() throws(StorageError) -> [UInt8] { try file.read(at: 0, count: size) }

    /// Reads whole lines, and holds them against the chain.
    ///
    /// - Returns: the subjects in order, and the bytes of the whole lines.
    static func read(
        _ bytes: [UInt8], _ path: String, expected: Anchor
    ) throws(StorageError) -> (subjects: [UUIDv7], anchor: Anchor, size: Int) {
        let size = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        var (anchor, subjects) = (Anchor(), [UUIDv7]())
        var isExpected = expected == anchor
        for line in bytes.prefix(size).dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        where size > 0 {
            let line = String(decoding: line, as: UTF8.self)
            subjects.append(try subject(in: line, after: anchor, path))
            anchor = Anchor(count: anchor.count + 1, hash: hash(line))
            isExpected = isExpected || expected == anchor
        }
        guard isExpected else {
            throw StorageError(
                .damaged,
                "\(path) was altered or lacks entries: it has \(anchor.count), and entry \(expected.count) is known to be "
                    + "another. Bring it back from its copy")
        }
        return (subjects, anchor, size)
    }

    private static func subject(
        in line: String, after anchor: Anchor, _ path: String
    ) throws(StorageError) -> UUIDv7 {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == String(anchor.count + 1),
            (try? Date(String(parts[1]), strategy: time)) != nil,
            let subject = UUIDv7(String(parts[2])), parts[3] == digits(anchor.hash)
        else {
            throw StorageError(.damaged, "\(path) was altered at line \(anchor.count + 1). Bring it back from its copy")
        }
        return subject
    }

    private static func hash(_ line: String) -> [UInt8] { Array(SHA256.hash(data: Array(line.utf8))) }

    private static func digits(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 0xF, radix: 16) }.joined()
    }
}
