import AIBoxAPI
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import Storage

@Suite struct DatabaseCopyTests {
    private static let schema = Schema([
        Migration(
            1, "first",
            [
                .both(
                    """
                    CREATE TABLE counter (id INTEGER NOT NULL PRIMARY KEY, last INTEGER NOT NULL) STRICT;
                    INSERT INTO counter VALUES (1, 0);
                    CREATE TABLE parents (id ID NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT;
                    CREATE TABLE children (
                        parent ID NOT NULL REFERENCES parents (id) ON DELETE CASCADE,
                        number INTEGER NOT NULL,
                        size REAL,
                        picture BYTES,
                        PRIMARY KEY (parent, number)
                    ) STRICT, WITHOUT ROWID
                    """)
            ])
    ])

    private func open(_ rows: SQLDialect, _ folder: URL) async throws -> any SQLDatabase {
        switch rows {
        case .sqlite:
            try SQLiteDatabase(.init(path: folder.appending(path: UUID().uuidString + ".sqlite").path))
        case .postgres:
            try await PostgresDatabase.open(.init(url: try TestPostgres.shared().newDatabase()))
        }
    }

    private func withPair(
        _ source: SQLDialect, _ target: SQLDialect, _ body: (any SQLDatabase, any SQLDatabase) async throws -> Void
    ) async throws {
        let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appending(path: "copy-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let pair = (try await open(source, folder), try await open(target, folder))
        _ = try await Self.schema.migrate(pair.0)
        try await body(pair.0, pair.1)
        await pair.0.close()
        await pair.1.close()
    }

    /// 5,000 children of 500 parents, several chunks.
    private func fill(_ database: any SQLDatabase) async throws {
        try await database.write { db in
            try db.execute("UPDATE counter SET last = 4711")
            for number in 0..<500 {
                let id = UUIDv7()
                try db.execute("INSERT INTO parents VALUES (?, ?)", [id, "Ngọc \(number) 🚗"])
                try db.copy(
                    (0..<10).map {
                        [id.sqlValue, .integer($0), $0 == 3 ? .null : .real(0.1 * Double($0)), .bytes([0, UInt8($0)])]
                    },
                    into: "children", columns: ["parent", "number", "size", "picture"])
            }
        }
    }

    static let pairs: [(SQLDialect, SQLDialect)] =
        TestPostgres.isInstalled
        ? [(.sqlite, .sqlite), (.sqlite, .postgres), (.postgres, .sqlite)] : [(.sqlite, .sqlite)]

    @Test(arguments: pairs) func whatIsComputedFromOtherRowsIsLeftToBe(
        _ source: SQLDialect, _ target: SQLDialect
    ) async throws {
        let schema = Schema(
            Self.schema.migrations.map { Migration($0.number, $0.name, $0.steps, computed: ["counter"]) })
        try await withPair(source, target) { source, target in
            try await fill(source)
            let report = try await DatabaseCopy(from: source, to: target, schema: schema).run { _, _ in }
            #expect(report.isComplete && report.tables.map(\.name) == ["parents", "children"])
            #expect(try await target.read { try $0.value("SELECT last FROM counter") } == 0)
        }
    }

    @Test(arguments: pairs) func everyRowArrivesAsItWas(_ source: SQLDialect, _ target: SQLDialect) async throws {
        try await withPair(source, target) { source, target in
            try await fill(source)
            let report = try await DatabaseCopy(from: source, to: target, schema: Self.schema).run { _, _ in }
            #expect(report.isComplete)
            #expect(report.tables.map(\.targetRows).sorted() == [1, 500, 5000])
            #expect(try await target.read { try $0.value("SELECT last FROM counter") } == 4711)
            let left = try await target.read { try Schema.exists(DatabaseCopy.progressTable, $0) }
            #expect(!left)
        }
    }

    @Test(arguments: pairs)
    func aCopyThatWasCutOffGoesOnWhereItWas(_ source: SQLDialect, _ target: SQLDialect) async throws {
        try await withPair(source, target) { source, target in
            try await fill(source)
            let copy = DatabaseCopy(from: source, to: target, schema: Self.schema)
            let work = Task {
                try await copy.run { table, rows in
                    if table == "children", rows > 2000 { withUnsafeCurrentTask { $0?.cancel() } }
                }
            }
            await #expect(throws: CancellationError.self) { try await work.value }
            let copied = try await target.read { try $0.value("SELECT count(*) FROM children", as: Int.self) } ?? 0
            #expect((1..<5000).contains(copied))
            let first = Mutex<Int?>(nil)
            let report = try await copy.run { table, rows in
                if table == "children" { first.withLock { $0 = $0 ?? rows } }
            }
            #expect(report.isComplete && first.withLock { $0 } ?? 0 > copied)
        }
    }

    @Test(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.absence)"))
    func aRowThatTheTargetRefusesIsSetAsideAndTheOthersArrive() async throws {
        try await withPair(.sqlite, .postgres) { source, target in
            try await fill(source)
            let sqlite = try #require(source as? SQLiteDatabase)
            let bad = UUIDv7()
            // As a version that did not look would have stored it.
            try await sqlite.pool.write { db in
                try db.execute(
                    sql: "INSERT INTO parents VALUES (?, 'a' || char(0) || 'b')", arguments: [Data(bad.bytes)])
            }
            let report = try await DatabaseCopy(from: source, to: target, schema: Self.schema).run { _, _ in }
            #expect(report.refused.map(\.key) == [CopyKey.text([bad.sqlValue])])
            #expect(report.tables.allSatisfy(\.isEqual) && !report.isComplete)
            #expect(try await target.read { try $0.value("SELECT count(*) FROM parents") } == 500)
        }
    }

    /// SQLite takes any bytes for text. U+FFFD that was written as such is a text like others.
    @Test(arguments: pairs.filter { $0.0 == .sqlite })
    func aTextThatIsNoUTF8IsSetAsideAndNotRepaired(_ source: SQLDialect, _ target: SQLDialect) async throws {
        try await withPair(source, target) { source, target in
            try await fill(source)
            let sqlite = try #require(source as? SQLiteDatabase)
            let (bad, good) = (UUIDv7(), UUIDv7())
            try await sqlite.pool.write { db in
                try db.execute(
                    sql: "INSERT INTO parents VALUES (?, CAST(x'61FFFE62' AS TEXT)), (?, 'a\u{FFFD}b')",
                    arguments: [Data(bad.bytes), Data(good.bytes)])
            }
            let report = try await DatabaseCopy(from: source, to: target, schema: Self.schema).run { _, _ in }
            #expect(report.refused.map(\.key) == [CopyKey.text([bad.sqlValue])])
            #expect(report.refused.first?.reason.contains("name is no UTF-8") == true)
            #expect(report.tables.allSatisfy(\.isEqual) && !report.isComplete)
            let name: String? = try await target.read { try $0.value("SELECT name FROM parents WHERE id = ?", [good]) }
            #expect(name == "a\u{FFFD}b")
        }
    }

    @Test func aTargetWithRowsOfItsOwnIsLeftAlone() async throws {
        try await withPair(.sqlite, .sqlite) { source, target in
            try await fill(source)
            _ = try await Self.schema.migrate(target)
            try await target.write { try $0.execute("INSERT INTO parents VALUES (?, 'mine')", [UUIDv7()]) }
            let error = await #expect(throws: StorageError.self) {
                try await DatabaseCopy(from: source, to: target, schema: Self.schema).run { _, _ in }
            }
            #expect(error?.code == .conflict)
            #expect(try await target.read { try $0.value("SELECT count(*) FROM parents") } == 1)
        }
    }

    @Test func aChangedRowIsNoticed() async throws {
        var (one, other) = (RowDigest(), RowDigest())
        let columns = SQLRow.Columns(["a", "b"])
        let rows = [[SQLValue.integer(1), .text("x")], [.integer(2), .null]].map {
            SQLRow(columns: columns, values: $0)
        }
        for row in rows { one.add(row, json: []) }
        for row in rows.reversed() { other.add(row, json: []) }
        #expect(one == other)
        for changed in [[SQLValue.text("1"), .text("x")], [.integer(1), .text("y")], [.integer(1), .bytes([120])]] {
            var digest = RowDigest()
            digest.add(SQLRow(columns: columns, values: changed), json: [])
            digest.add(rows[1], json: [])
            #expect(digest != one)
        }
    }

    @Test func aKeyReadsBack() throws {
        let keys: [[SQLValue]] = [
            [.integer(-5), .text("a,b"), .bytes([0, 255])], [.real(-0.0), .null], [.text("")], [.bytes([])],
        ]
        for key in keys { #expect(try CopyKey.values(in: CopyKey.text(key)) == key) }
        #expect(throws: StorageError.self) { try CopyKey.values(in: "q1") }
    }
}
