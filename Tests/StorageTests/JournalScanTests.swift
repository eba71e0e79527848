import Foundation
import GRDB
import Testing

@testable import Storage

/// Journals that SQLite has written, with pages of 512 bytes: 32 bytes of header, frames of 536.
@Suite struct JournalScanTests {
    private static let headerSize = 32
    private static let frameSize = 24 + 512

    @Test func aWholeJournalIsUsable() throws {
        let journal = try Self.journal()
        let scan = Self.scan(journal)
        #expect(scan.usableFrames == Self.frameCount(journal))
        #expect(scan.lostFrames == 0)
    }

    @Test func aTailTornAtAnyByteIsNoDamage() throws {
        let journal = try Self.journal()
        for length in 0...journal.count { #expect(Self.scan(Array(journal.prefix(length))).lostFrames == 0) }
    }

    @Test func anySectorOfTheLastTransactionMayBeMissing() throws {
        let journal = try Self.journal()
        let start = Self.headerSize + Self.lastTransaction(of: journal) * Self.frameSize
        let sectors = Array(stride(from: start - start % 512 + 512, to: journal.count, by: 512))
        for sector in sectors {
            for other in sectors {
                var torn = journal
                for first in [sector, other] {
                    for byte in first..<min(first + 512, torn.count) { torn[byte] = 0 }
                }
                #expect(Self.scan(torn).lostFrames == 0)
            }
        }
    }

    @Test func aTurnedBitBeforeTheLastTransactionIsDamage() throws {
        let journal = try Self.journal()
        let end = Self.headerSize + Self.lastTransaction(of: journal) * Self.frameSize
        for byte in 0..<end {
            var damaged = journal
            damaged[byte] ^= 0x80
            let scan = Self.scan(damaged)
            #expect(scan.lostFrames > 0, "byte \(byte)")
            #expect(scan.usableFrames <= max(0, byte - Self.headerSize) / Self.frameSize, "byte \(byte)")
        }
    }

    @Test func framesOfATransactionThatWasRolledBackAreNoDamage() throws {
        let journal = try Self.journal { db in
            try db.execute(sql: "PRAGMA cache_size = 5")
            try db.inTransaction {
                for _ in 0..<100 { try db.execute(sql: "INSERT INTO t VALUES (hex(randomblob(400)))") }
                return .rollback
            }
            try db.execute(sql: "INSERT INTO t VALUES ('the last')")
        }
        let scan = Self.scan(journal)
        #expect(scan.usableFrames > 0)
        #expect(scan.usableFrames + 10 < Self.frameCount(journal), "nothing was spilled")
        #expect(scan.lostFrames == 0)
    }

    @Test func framesOfAnEarlierUseOfTheFileAreNoDamage() throws {
        let journal = try Self.journal { db in
            _ = try db.checkpoint(.restart)
            try db.execute(sql: "INSERT INTO t VALUES ('after the restart')")
        }
        let scan = Self.scan(journal)
        #expect(scan.usableFrames > 0)
        #expect(scan.usableFrames < Self.frameCount(journal))
        #expect(scan.lostFrames == 0)
    }

    private static func scan(_ journal: [UInt8]) -> JournalScan {
        let header = journal.prefix(headerSize) + Array(repeating: 0, count: max(0, headerSize - journal.count))
        var scan = JournalScan(header: Array(header), likelyPageSize: 512)
        for number in 0..<frameCount(journal) {
            let start = headerSize + number * scan.frameSize
            guard start + scan.frameSize <= journal.count else { break }
            scan.add(Array(journal[start..<start + scan.frameSize]))
        }
        return scan
    }

    private static func frameCount(_ journal: [UInt8]) -> Int { max(0, journal.count - headerSize) / frameSize }

    /// The number of its first frame: behind the last commit but one.
    private static func lastTransaction(of journal: [UInt8]) -> Int {
        let commits = (0..<frameCount(journal)).filter { number in
            journal[(headerSize + number * frameSize + 4)...].prefix(4).contains { $0 != 0 }
        }
        return (commits.dropLast().last ?? -1) + 1
    }

    /// Ten transactions of one to some pages, the last of several.
    private static func journal(after more: (Database) throws -> Void = { _ in }) throws -> [UInt8] {
        let path = NSTemporaryDirectory() + "/aibox-\(UUID().uuidString).sqlite"
        defer { removeDatabase(path) }
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA page_size = 512")
            _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "PRAGMA synchronous = FULL; CREATE TABLE t (a TEXT NOT NULL)")
            for number in 0..<8 { try db.execute(sql: "INSERT INTO t VALUES ('row \(number)')") }
            try db.execute(sql: "INSERT INTO t VALUES (hex(randomblob(1200)))")
            try more(db)
        }
        return Array(try Data(contentsOf: URL(fileURLWithPath: path + "-wal")))
    }
}
