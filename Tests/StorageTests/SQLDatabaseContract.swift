import AIBoxAPI
import Dispatch
import Testing

@testable import Storage

/// What every `SQLDatabase` does: one rule a case. Each works on tables of its own, so one database serves all; the last
/// closes it.
enum SQLDatabaseContract: String, CaseIterable, Sendable {
    case everyValueComesBackAsItWas
    case nullIsNoValue
    case aTextWithNULIsInvalid
    case textsAreOrderedByTheirBytes
    case aQuestionMarkInALiteralIsNoArgument
    case columnsAreFoundByName
    case anUpdateTellsHowManyRowsItChanged
    case aBrokenConstraintIsAConflict
    case aWrongStatementIsAFaultOfTheProgram
    case aWriteThatThrowsStoresNothing
    case aFailingWriteFailsAlone
    case thousandsOfStatementsFitIntoOneWrite
    case concurrentWritesAreAllStored
    case readingBeforeWritingLosesNoUpdate
    case anAnsweredWriteIsSeenByTheNextRead
    case aReadSeesOneSnapshot
    case aReadMayNotWrite
    case manyRowsAreCopiedAtOnce
    case aCopyWithABadRowAddsNothing
    case theStateIsTold

    func verify(_ database: any SQLDatabase) async throws {
        switch self {
        case .everyValueComesBackAsItWas: try await verifyValues(database)
        case .nullIsNoValue: try await verifyNull(database)
        case .aTextWithNULIsInvalid: try await verifyNUL(database)
        case .textsAreOrderedByTheirBytes: try await verifyOrder(database)
        case .aQuestionMarkInALiteralIsNoArgument: try await verifyQuestionMark(database)
        case .columnsAreFoundByName: try await verifyColumns(database)
        case .anUpdateTellsHowManyRowsItChanged: try await verifyUpdate(database)
        case .aBrokenConstraintIsAConflict: try await verifyConstraints(database)
        case .aWrongStatementIsAFaultOfTheProgram: try await verifyWrongStatements(database)
        case .aWriteThatThrowsStoresNothing: try await verifyThrowing(database)
        case .aFailingWriteFailsAlone: try await verifyCompany(database)
        case .thousandsOfStatementsFitIntoOneWrite: try await verifyPipeline(database)
        case .concurrentWritesAreAllStored: try await verifyConcurrency(database)
        case .readingBeforeWritingLosesNoUpdate: try await verifyCounter(database, from: [database])
        case .anAnsweredWriteIsSeenByTheNextRead: try await verifyReadYourWrites(database)
        case .aReadSeesOneSnapshot: try await verifySnapshot(database)
        case .aReadMayNotWrite: try await verifyReadOnly(database)
        case .manyRowsAreCopiedAtOnce: try await verifyCopy(database)
        case .aCopyWithABadRowAddsNothing: try await verifyBadCopy(database)
        case .theStateIsTold: try await verifyState(database)
        }
    }

    /// Makes tables from SQL as migrations have it.
    static func define(_ sql: String, in database: any SQLDatabase) async throws {
        let migration = Migration(1, "contract", [.both(sql)])
        try await database.write { try migration.apply($0) }
    }

    static func count(_ table: String, in database: any SQLDatabase) async throws -> Int {
        try #require(try await database.read { try $0.value("SELECT COUNT(*) FROM \(table)", as: Int.self) })
    }

    /// Adds one to a counter, reading it first, from many tasks and several databases that are the same one.
    func verifyCounter(_ database: any SQLDatabase, from databases: [any SQLDatabase]) async throws {
        try await Self.define("CREATE TABLE counters (n INTEGER NOT NULL) STRICT", in: database)
        try await database.write { try $0.execute("INSERT INTO counters VALUES (0)") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for _ in 0..<25 {
                        try await databases[task % databases.count].write { session in
                            let n = try session.value("SELECT n FROM counters", as: Int.self) ?? 0
                            try session.execute("UPDATE counters SET n = ?", [n + 1])
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await database.read { try $0.value("SELECT n FROM counters") } == 200)
    }
}

// MARK: Values

extension SQLDatabaseContract {
    private func verifyValues(_ database: any SQLDatabase) async throws {
        try await Self.define(
            """
            CREATE TABLE kinds (key INTEGER PRIMARY KEY, number INTEGER, fraction REAL, text TEXT, bytes BYTES, id ID)
            STRICT
            """, in: database)
        var random = SystemRandomNumberGenerator()
        let rows = (0..<200).map { _ in Self.randomRow(&random) } + Self.edgeRows
        try await database.write { session in
            for (key, row) in rows.enumerated() {
                try session.execute("INSERT INTO kinds VALUES (?, ?, ?, ?, ?, ?)", [SQLValue.integer(Int64(key))] + row)
            }
        }
        let found = try await database.read {
            try $0.rows("SELECT number, fraction, text, bytes, id FROM kinds ORDER BY key")
        }
        #expect(found.map(\.values) == rows)
    }

    private static let edgeRows: [[SQLValue]] = [
        [.integer(.min), .real(-.infinity), .text(""), .bytes([]), .null],
        [.integer(.max), .real(.greatestFiniteMagnitude), .text("👩‍🚀 née 你好 'quoted' \"?\" \\"), .bytes([0]), .null],
        [.null, .null, .null, .null, .null],
        [.integer(0), .real(.leastNonzeroMagnitude), .text("\u{1}\u{10FFFF}"), .bytes([0xFF]), UUIDv7().sqlValue],
    ]

    private static func randomRow(_ random: inout SystemRandomNumberGenerator) -> [SQLValue] {
        let real = Double(bitPattern: random.next())
        let scalars = (0..<Int.random(in: 0...20)).compactMap { _ in Unicode.Scalar(UInt32.random(in: 1...0x10FFFF)) }
        let row: [SQLValue] = [
            .integer(Int64(bitPattern: random.next())), .real(real.isFinite ? real : 0),
            .text(String(String.UnicodeScalarView(scalars))),
            .bytes((0..<Int.random(in: 0...300)).map { _ in UInt8.random(in: 0...255) }), UUIDv7().sqlValue,
        ]
        return row.map { Int.random(in: 0..<10) == 0 ? .null : $0 }
    }

    private func verifyNull(_ database: any SQLDatabase) async throws {
        let value = try await database.read { try $0.value("SELECT CAST(NULL AS INTEGER)", as: Int.self) }
        #expect(value == nil)
        let row = try await database.read { try $0.row("SELECT CAST(NULL AS TEXT) AS t, 1 AS n") }
        #expect(try row?.get("t", as: String?.self) == String?.none)
        #expect(try row?.get("n", as: Bool.self) == true)
        #expect(throws: StorageError.self) { try row?.get("t", as: String.self) }
    }

    private func verifyNUL(_ database: any SQLDatabase) async throws {
        try await Self.define("CREATE TABLE nuls (t TEXT) STRICT", in: database)
        await expect(.invalid) { try await database.write { try $0.execute("INSERT INTO nuls VALUES (?)", ["a\0b"]) } }
        #expect(try await Self.count("nuls", in: database) == 0)
    }

    private func verifyOrder(_ database: any SQLDatabase) async throws {
        try await Self.define("CREATE TABLE words (w TEXT PRIMARY KEY) STRICT, WITHOUT ROWID", in: database)
        let words = ["é", "Z", "a", "_", "z", "A", "10", "9", "", "日", "😀"]
        try await database.write { session in
            for word in words { try session.execute("INSERT INTO words VALUES (?)", [word]) }
        }
        let found = try await database.read { try $0.rows("SELECT w FROM words ORDER BY w") }
        #expect(
            try found.map { try $0.get("w", as: String.self) }
                == words.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }

    private func verifyQuestionMark(_ database: any SQLDatabase) async throws {
        let value = try await database.read { session in
            try session.value("SELECT 'it''s ? ' || CAST(? AS TEXT) || '?'", ["this"], as: String.self)
        }
        #expect(value == "it's ? this?")
    }

    private func verifyColumns(_ database: any SQLDatabase) async throws {
        let row = try await database.read { try $0.row("SELECT 1 AS one, 'two' AS two, 1.5 AS half") }
        #expect(try row?.get("one") == 1)
        #expect(try row?.get("two") == "two")
        #expect(throws: StorageError.self) { try row?.get("three", as: Int.self) }
        #expect(throws: StorageError.self) { try row?.get("two", as: Int.self) }
        #expect(row?.columns.names == ["one", "two", "half"])
    }
}

// MARK: Statements

extension SQLDatabaseContract {
    private func verifyUpdate(_ database: any SQLDatabase) async throws {
        try await Self.define("CREATE TABLE updated (n INTEGER) STRICT", in: database)
        let counts = try await database.write { session in
            [
                try session.update("INSERT INTO updated VALUES (1), (2), (3)", []),
                try session.update("UPDATE updated SET n = n + 10 WHERE n >= ?", [2]),
                try session.update("DELETE FROM updated WHERE n > ?", [100]),
            ]
        }
        #expect(counts == [3, 2, 0])
    }

    private func verifyConstraints(_ database: any SQLDatabase) async throws {
        try await Self.define(
            """
            CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT;
            CREATE TABLE children (
                id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parents (id), age INTEGER CHECK (age >= 0)
            ) STRICT
            """, in: database)
        try await database.write { session in
            try session.execute("INSERT INTO parents VALUES (1)")
            try session.execute("INSERT INTO children VALUES (1, 1, 5)")
        }
        for row in ["(1, 1, 5)", "(2, 7, 5)", "(3, NULL, 5)", "(4, 1, -1)"] {
            await expect(.conflict) {
                try await database.write { try $0.execute("INSERT INTO children VALUES \(row)") }
            }
        }
        #expect(try await Self.count("children", in: database) == 1)
    }

    private func verifyWrongStatements(_ database: any SQLDatabase) async throws {
        await expect(.statement) { try await database.write { try $0.execute("INSERT INTO nowhere VALUES (1)") } }
        await expect(.statement) { try await database.read { _ = try $0.rows("SELEKT 1") } }
        await expect(.statement) { try await database.read { _ = try $0.rows("SELECT CAST(? AS INTEGER)", []) } }
        await expect(.statement) { try await database.read { _ = try $0.rows("SELECT CAST(? AS INTEGER)", [1, 2]) } }
        #expect(try await database.read { try $0.value("SELECT 1") } == 1)
    }

    private func verifyReadOnly(_ database: any SQLDatabase) async throws {
        try await Self.define("CREATE TABLE untouched (n INTEGER) STRICT", in: database)
        await #expect(throws: StorageError.self) {
            try await database.read { try $0.execute("INSERT INTO untouched VALUES (1)") }
        }
        #expect(try await Self.count("untouched", in: database) == 0)
    }

    private func verifyCopy(_ database: any SQLDatabase) async throws {
        try await Self.define(
            "CREATE TABLE copied (id ID PRIMARY KEY, n INTEGER, x REAL, t TEXT, b BYTES) STRICT, WITHOUT ROWID",
            in: database)
        let rows: [[SQLValue]] = (0..<10_000).map { number in
            [
                UUIDv7().sqlValue, number % 7 == 0 ? .null : .integer(Int64(number)), .real(Double(number) / 3),
                .text("row \(number) 🚗"), .bytes([UInt8](repeating: UInt8(number % 256), count: number % 32)),
            ]
        }
        try await database.write { session in
            try session.execute("INSERT INTO copied (id, n) VALUES (?, -1)", [UUIDv7()])
            try session.copy(rows, into: "copied", columns: ["id", "n", "x", "t", "b"])
            try session.copy([], into: "copied", columns: ["id"])
            try session.execute("DELETE FROM copied WHERE n = -1")
        }
        let found = try await database.read { try $0.rows("SELECT id, n, x, t, b FROM copied ORDER BY id") }
        #expect(found.map(\.values) == rows)
    }

    private func verifyBadCopy(_ database: any SQLDatabase) async throws {
        try await Self.define("CREATE TABLE picky (n INTEGER PRIMARY KEY) STRICT", in: database)
        let rows: [[SQLValue]] = [1, 2, 3, 2].map { [.integer($0)] }
        await expect(.conflict) { try await database.write { try $0.copy(rows, into: "picky", columns: ["n"]) } }
        #expect(try await Self.count("picky", in: database) == 0)
        try await database.write { try $0.copy(Array(rows.prefix(3)), into: "picky", columns: ["n"]) }
        #expect(try await Self.count("picky", in: database) == 3)
    }
}

// MARK: Transactions

extension SQLDatabaseContract {
    private struct Refusal: Error, Equatable {}

    private func verifyThrowing(_ database: any SQLDatabase) async throws {
        try await Self.define("CREATE TABLE undone (n INTEGER) STRICT", in: database)
        await #expect(throws: Refusal()) {
            try await database.write { session in
                try session.execute("INSERT INTO undone VALUES (1)")
                throw Refusal()
            }
        }
        await #expect(throws: Refusal()) { try await database.read { _ in throw Refusal() } }
        #expect(try await Self.count("undone", in: database) == 0)
    }

    private func verifyCompany(_ database: any SQLDatabase) async throws {
        try await Self.define("CREATE TABLE company (n INTEGER PRIMARY KEY, task INTEGER) STRICT", in: database)
        try await database.write { try $0.execute("INSERT INTO company VALUES (-1, -1)") }
        let stored = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let key = number % 20 == 7 ? -1 : number
                    let changed = try? await database.write { session in
                        try session.update("INSERT INTO company VALUES (?, ?)", [key, number])
                    }
                    return changed == (key >= 0 ? 1 : nil)
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(stored == 200)
        #expect(try await Self.count("company", in: database) == 191)
    }

    private func verifyPipeline(_ database: any SQLDatabase) async throws {
        try await Self.define("CREATE TABLE many (n INTEGER PRIMARY KEY, t TEXT) STRICT", in: database)
        let text = String(repeating: "x", count: 1000)
        try await database.write { session in
            for number in 0..<3000 { try session.execute("INSERT INTO many VALUES (?, ?)", [number, text]) }
        }
        #expect(try await Self.count("many", in: database) == 3000)
        await expect(.conflict) {
            try await database.write { session in
                for number in 3000..<5000 {
                    try session.execute("INSERT INTO many VALUES (?, ?)", [number % 3500, text])
                }
            }
        }
        #expect(try await Self.count("many", in: database) == 3000)
    }

    private func verifyConcurrency(_ database: any SQLDatabase) async throws {
        try await Self.define(
            "CREATE TABLE written (task INTEGER, n INTEGER, PRIMARY KEY (task, n)) STRICT", in: database)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<200 {
                        try await database.write {
                            try $0.execute("INSERT INTO written VALUES (?, ?)", [task, number])
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await Self.count("written", in: database) == 1600)
    }

    private func verifyReadYourWrites(_ database: any SQLDatabase) async throws {
        try await Self.define("CREATE TABLE seen (n INTEGER) STRICT", in: database)
        for number in 1...50 {
            try await database.write { try $0.execute("INSERT INTO seen VALUES (?)", [number]) }
            #expect(try await Self.count("seen", in: database) == number)
            let bounded = try await database.read(.bounded(.seconds(10))) { session in
                try session.value("SELECT COUNT(*) FROM seen", as: Int.self)
            }
            #expect(bounded == number)
        }
    }

    private func verifySnapshot(_ database: any SQLDatabase) async throws {
        try await Self.define("CREATE TABLE frozen (n INTEGER) STRICT", in: database)
        // The body below cannot be run again. A database may run one again when it first meets a statement after which
        // others follow: it meets this one here.
        let early = try await database.read { session in
            let first = try session.value("SELECT COUNT(*) FROM frozen", as: Int.self)
            return [first, try session.value("SELECT COUNT(*) FROM frozen", as: Int.self)]
        }
        #expect(early == [0, 0])
        let (begun, written) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let counts = database.read { session in
            let before = try session.value("SELECT COUNT(*) FROM frozen", as: Int.self)
            begun.signal()
            written.wait()
            return [before, try session.value("SELECT COUNT(*) FROM frozen", as: Int.self)]
        }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                begun.wait()
                continuation.resume()
            }
        }
        try await database.write { try $0.execute("INSERT INTO frozen VALUES (1)") }
        written.signal()
        #expect(try await counts == [0, 0])
        #expect(try await Self.count("frozen", in: database) == 1)
    }

    private func verifyState(_ database: any SQLDatabase) async throws {
        #expect(await database.failure() == nil)
        #expect(throws: Never.self) { try database.refuseIfBusy() }
        #expect(database.waitingCount == 0)
    }

    /// After it the database is of no further use.
    static func verifyClosing(_ database: any SQLDatabase) async throws {
        try await define("CREATE TABLE closing (n INTEGER) STRICT", in: database)
        async let write: Void = database.write { try $0.execute("INSERT INTO closing VALUES (1)") }
        try await write
        await database.close()
        await expect(.closed) { try await database.write { _ in } }
        await expect(.closed) { _ = try await database.read { try $0.rows("SELECT 1") } }
        #expect(throws: StorageError.self) { try database.refuseIfBusy() }
        #expect(await database.failure() != nil)
        await database.close()
    }
}

/// Expects a `StorageError` with a code.
func expect(
    _ code: StorageError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async {
    let error = await #expect(throws: StorageError.self, sourceLocation: sourceLocation) { try await body() }
    #expect(error?.code == code, "\(error?.description ?? "")", sourceLocation: sourceLocation)
}
