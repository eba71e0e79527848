import Foundation
import GRDB
import Testing

@testable import Storage

/// A file that is not as it was written is never read as another answer.
@Suite struct SQLiteDamageTests {
    @Test func aTurnedBitIsReportedOrHarmless() async throws {
        try await withFile { path in
            let content = try await Self.fill(path)
            let sound = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(sound[20] == 8)
            var reported = 0
            let places = Array(stride(from: 0, to: sound.count, by: 97)) + Array(16..<24)
            for byte in places {
                removeDatabase(path)
                var damaged = sound
                damaged[byte] ^= 1 << UInt8(byte % 8)
                try damaged.write(to: URL(fileURLWithPath: path))
                do {
                    let database = try SQLiteDatabase(.init(path: path))
                    let found = try? await Self.content(database)
                    let lines = try? await database.check(limit: 10)
                    await database.close()
                    #expect(found == nil || found == content, "byte \(byte)")
                    if found == nil || lines?.isEmpty != true { reported += 1 }
                } catch {
                    #expect((error as? StorageError)?.code == .damaged, "byte \(byte): \(error)")
                    reported += 1
                }
            }
            // Free pages hold nothing.
            #expect(reported * 10 >= places.count * 9, "\(reported) of \(places.count)")
        }
    }

    @Test func aFileOfAnEarlierVersionGetsChecksums() async throws {
        try await withFile { path in
            let rows = try Self.makePlain(path) { try $0.close() }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path))[20] == 0)
            let database = try SQLiteDatabase(.init(path: path))
            #expect(database.hasPageChecksums)
            #expect(try await Self.content(database) == rows)
            #expect(try await database.check(limit: 10).isEmpty)
            await database.close()
            #expect(try Data(contentsOf: URL(fileURLWithPath: path))[20] == 8)
        }
    }

    /// Larger than the page cache: SQLite writes pages of the new file before the first one.
    @Test func aLargeFileOfAnEarlierVersionGetsChecksumsToo() async throws {
        try await withFile { path in
            let queue = try DatabaseQueue(path: path)
            try await queue.write { db in
                try db.execute(sql: "CREATE TABLE t (a TEXT NOT NULL) STRICT")
                for number in 0..<10_000 {
                    let text = "\(number) " + String(repeating: "x", count: 1000)
                    try db.execute(sql: "INSERT INTO t VALUES (?)", arguments: [text])
                }
            }
            try queue.close()
            let database = try SQLiteDatabase(.init(path: path))
            #expect(database.hasPageChecksums)
            #expect(try await Self.content(database).count == 10_000)
            #expect(try await database.check(limit: 10).isEmpty)
            await database.close()
        }
    }

    @Test func aFileThatIsInUseStaysWithoutChecksumsAndTheCheckSaysSo() async throws {
        try await withFile { path in
            var other: DatabaseQueue?
            let rows = try Self.makePlain(path) { other = $0 }
            let database = try SQLiteDatabase(.init(path: path))
            #expect(!database.hasPageChecksums)
            #expect(try await Self.content(database) == rows)
            #expect(try await database.check(limit: 10).first?.contains("no checksums") == true)
            await database.close()
            try other?.close()
        }
    }

    @Test func whatADamagedJournalHadIsKeptAndReported() async throws {
        try await withKilled { path in
            let journal = URL(fileURLWithPath: path + "-wal")
            var bytes = try Data(contentsOf: journal)
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: journal)
            let database = try SQLiteDatabase(.init(path: path))
            #expect(try await Self.content(database).count < 20)
            let kept = try #require(JournalDamage.keptJournals(of: path).first)
            let file = URL(fileURLWithPath: path).deletingLastPathComponent().appending(path: kept)
            #expect(try Data(contentsOf: file) == bytes)
            let failure = await database.failure()
            #expect(failure?.code == .lost)
            #expect(failure?.message.contains(kept) == true)
            #expect(try await database.check(limit: 10).first?.contains(kept) == true)
            try FileManager.default.removeItem(at: file)
            #expect(await database.failure() == nil)
            await database.close()
        }
    }

    @Test func aTornJournalIsNoDamage() async throws {
        try await withKilled { path in
            let journal = URL(fileURLWithPath: path + "-wal")
            try Data(contentsOf: journal).dropLast(700).write(to: journal)
            let database = try SQLiteDatabase(.init(path: path))
            #expect(try await Self.content(database).count == 19)
            #expect(JournalDamage.keptJournals(of: path).isEmpty)
            #expect(await database.failure() == nil)
            await database.close()
        }
    }

    /// The files of a database whose process was killed after its twentieth row, each row a transaction.
    private func withKilled(_ body: (String) async throws -> Void) async throws {
        try await withFile { copy in
            try await withSQLite { database in
                try await SQLDatabaseContract.define("CREATE TABLE t (a TEXT NOT NULL) STRICT", in: database)
                for number in 0..<20 {
                    try await database.write { try $0.execute("INSERT INTO t VALUES (?)", ["row \(number)"]) }
                }
                for end in ["", "-wal"] {
                    try FileManager.default.copyItem(atPath: database.path + end, toPath: copy + end)
                }
            }
            try await body(copy)
        }
    }

    private func withFile(_ body: (String) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "/aibox-\(UUID().uuidString).sqlite"
        defer { removeDatabase(path) }
        try await body(path)
    }

    private static func fill(_ path: String) async throws -> [String] {
        let database = try SQLiteDatabase(.init(path: path))
        try await SQLDatabaseContract.define("CREATE TABLE t (a TEXT NOT NULL) STRICT", in: database)
        try await SQLDatabaseContract.define("CREATE INDEX t_a ON t (a)", in: database)
        try await database.write { db in
            for number in 0..<100 { try db.execute("INSERT INTO t VALUES (?)", ["row \(number) of many"]) }
            try db.execute("INSERT INTO t VALUES (?)", [String(repeating: "long ", count: 3000)])
        }
        let rows = try await content(database)
        await database.close()
        return rows
    }

    private static func content(_ database: SQLiteDatabase) async throws -> [String] {
        try await database.read { db in
            let count: Int? = try db.value("SELECT count(*) FROM t")
            let rows: [String] = try db.values("SELECT a FROM t ORDER BY rowid")
            return count == rows.count ? rows : []
        }
    }

    private static func makePlain(_ path: String, _ end: (DatabaseQueue) throws -> Void) throws -> [String] {
        let rows = (0..<500).map { "row \($0) of many" }
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { db in
            _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "CREATE TABLE t (a TEXT NOT NULL) STRICT")
            for row in rows { try db.execute(sql: "INSERT INTO t VALUES (?)", arguments: [row]) }
        }
        try end(queue)
        return rows
    }
}
