import AIBoxAPI
import TestSupport
import Testing

@testable import Storage

/// What only PostgreSQL has to get right within a session; the rest is in `SQLDatabaseContract`.
@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.absence)"))
struct PostgresSessionTests {
    @Test func otherTypesAreExchangedAsTheirNearestKind() async throws {
        try await withPostgres { database in
            let row = try await database.read { session in
                try session.row(
                    """
                    SELECT ?::smallint AS small, ?::int AS int, ?::real AS real, ?::boolean AS yes, ?::json AS json,
                        ?::jsonb AS jsonb, ?::name AS name, ?::varchar AS varchar, ?::float8 AS nan, ?::float8 AS whole
                    """,
                    [
                        -3, Int64(Int32.min), 0.5, true, #"{"a": 1}"#, #"{"b":"é"}"#, "name", "text", Double.nan, 7,
                    ])
            }
            let values = try #require(row?.values)
            let first: [SQLValue] = [
                .integer(-3), .integer(Int64(Int32.min)), .real(0.5), .integer(1), .text(#"{"a": 1}"#),
                .text(#"{"b": "é"}"#), .text("name"), .text("text"),
            ]
            #expect(Array(values.prefix(8)) == first)
            #expect(try row?.get("nan", as: Double.self).isNaN == true)
            #expect(values[9] == .real(7))
        }
    }

    @Test func aResultWithAnUnknownTypeComesAsText() async throws {
        try await withPostgres { database in
            let row = try await database.read { session in
                try session.row(
                    """
                    SELECT 12.50::numeric, ARRAY[1,2], 7::int, true, 1.5::float8, 0.1::real, '\\x00ff'::bytea,
                        '018f2f9e-7b2a-7c3d-8e4f-0123456789ab'::uuid, NULL::int, 'Infinity'::float8, 9::oid, 'a'::text
                    """)
            }
            let id = try #require(UUIDv7("018f2f9e-7b2a-7c3d-8e4f-0123456789ab"))
            let values: [SQLValue] = [
                .text("12.50"), .text("{1,2}"), .integer(7), .integer(1), .real(1.5), .real(Double(Float(0.1))),
                .bytes([0, 255]), id.sqlValue, .null, .real(.infinity), .text("9"), .text("a"),
            ]
            #expect(row?.values == values)
        }
    }

    @Test(arguments: [
        ("?::smallint", SQLValue.integer(40_000)), ("?::int", .integer(1 << 31)), ("?::real", .real(1e300)),
        ("?::bigint", .text("1")), ("?::bigint", .real(1)), ("?::text", .integer(1)), ("?::uuid", .bytes([1])),
        ("?::boolean", .integer(2)), ("?::bytea", .text("x")), ("?::jsonb", .text("{}\0")), ("?::numeric", .integer(1)),
    ])
    func anArgumentThatDoesNotFitIsInvalidAndNotSent(_ expression: String, _ value: SQLValue) async throws {
        try await withPostgres { database in
            let later = try await database.read { session in
                #expect(throws: StorageError.self) { try session.rows("SELECT \(expression)", [value]) }
                return try session.value("SELECT 1", as: Int.self)
            }
            #expect(later == 1)
            await expect(.invalid) { _ = try await database.read { try $0.rows("SELECT \(expression)", [value]) } }
        }
    }

    @Test func badValuesOfTheServerKeepTheirMeaning() async throws {
        try await withPostgres { database in
            await expect(.invalid) { _ = try await database.read { try $0.rows("SELECT 'x'::text::int") } }
            await expect(.invalid) { _ = try await database.read { try $0.rows("SELECT ?::jsonb", ["{"]) } }
            await expect(.invalid) {
                _ = try await database.read { try $0.rows(#"SELECT '{"a":"\u0000"}'::jsonb->>'a'"#) }
            }
        }
    }

    /// The server answers with far more than both sockets hold, while it is sent as much.
    @Test func neitherSideWaitsForTheOtherInALongPipeline() async throws {
        try await withPostgres { database in
            let text = String(repeating: "x", count: 200_000)
            try await database.write { session in
                for _ in 0..<400 { try session.execute("SELECT ?::text || ?::text", [text, text]) }
            }
        }
    }

    @Test func theOldestStatementMakesRoom() async throws {
        try await withPostgres({ $0.statementLimit = 4 }) { database in
            for round in 0..<3 {
                for number in 0..<10 {
                    let sum = try await database.write { session in
                        try session.value("SELECT ?::bigint + \(number)", [round], as: Int.self)
                    }
                    #expect(sum == round + number)
                }
            }
            let kept = try await database.write { session in
                try session.value("SELECT COUNT(*) FROM pg_prepared_statements WHERE name LIKE 's%'", as: Int.self)
            }
            // One that makes room goes behind the transaction that needs it.
            #expect(try #require(kept) <= 5)
        }
    }

    @Test func statementsArePreparedAnewWhenTheirTableChanged() async throws {
        try await withPostgres({ $0.readConnections = 1 }) { database in
            try await database.write { try $0.execute("CREATE TABLE changing (n BIGINT)") }
            let select = "SELECT * FROM changing"
            for type in ["bigint", "text", "double precision"] {
                try await database.write {
                    try $0.execute("ALTER TABLE changing ALTER n TYPE \(type) USING n::\(type)")
                }
                _ = try await database.read { try $0.rows(select) }
                _ = try await database.write { try $0.rows(select) }
            }
            try await database.write { try $0.execute("INSERT INTO changing VALUES (1.5)") }
            #expect(try await database.read { try $0.value(select) } == 1.5)
            #expect(try await database.write { try $0.value(select) } == 1.5)
        }
    }

    @Test func aFailureNobodyAskedForFailsTheWriteAndTheRead() async throws {
        try await withPostgres { database in
            await expect(.invalid) { try await database.write { try $0.execute("SELECT 1 / ?::bigint", [0]) } }
            await expect(.invalid) { try await database.read { try $0.execute("SELECT 1 / ?::bigint", [0]) } }
            await expect(.invalid) {
                try await database.write { session in
                    _ = try? session.rows("SELECT 1 / ?::bigint", [0])
                    _ = try? session.rows("SELECT 1")
                }
            }
            try await #require(database.answers())
        }
    }

    /// A look-up by key is planned once, a search for its arguments.
    @Test func oneStatementIsPlannedForAllArgumentsAndSeveralForTheirs() async throws {
        let mode = "SELECT current_setting('plan_cache_mode')"
        try await withPostgres { database in
            #expect(try await database.read { try $0.value(mode) } == "force_generic_plan")
            let several: [String?] = try await database.read { session in
                [try session.value(mode), try session.value("\(mode) ")]
            }
            #expect(several == ["auto", "auto"])
            #expect(try await database.read { try $0.value("\(mode)  ") } == "force_generic_plan")
            #expect(try await database.write { try $0.value(mode) } == "auto")
        }
    }

    @Test func aStatementThatTakesTooLongIsEnded() async throws {
        try await withPostgres({ $0.statementTimeout = .milliseconds(50) }) { database in
            await expect(.timeout) {
                _ = try await database.read { try $0.rows("SELECT COUNT(*) FROM generate_series(1, 1000000000)") }
            }
            await expect(.timeout) {
                _ = try await database.write { try $0.rows("SELECT COUNT(*) FROM generate_series(1, 1000000000)") }
            }
            try await #require(database.answers())
        }
    }

    @Test(arguments: [
        ("SELECT ?", "SELECT $1"), ("? '?' ? \"?\" ?", "$1 '?' $2 \"?\" $3"), ("'it''s ?' ?", "'it''s ?' $1"),
        ("\"'\" ? '\"' ?", "\"'\" $1 '\"' $2"), ("", ""),
    ])
    func placeholdersAreNumberedOutsideOfQuotes(_ sql: String, _ numbered: String) {
        #expect(PostgresStatement.numbered(sql) == numbered)
    }
}

/// Runs `body` on an empty database of the shared server.
func withPostgres(
    _ change: (inout PostgresDatabase.Configuration) -> Void = { _ in },
    _ body: (PostgresDatabase) async throws -> Void
) async throws {
    var configuration = PostgresDatabase.Configuration(url: try TestPostgres.shared().newDatabase())
    change(&configuration)
    try await withDatabase(configuration, body)
}

/// Opens a database, runs `body` and closes it.
func withDatabase(
    _ configuration: PostgresDatabase.Configuration, _ body: (PostgresDatabase) async throws -> Void
) async throws {
    let database = try await PostgresDatabase.open(configuration)
    do {
        try await body(database)
    } catch {
        await database.close()
        throw error
    }
    await database.close()
}

extension SQLDatabase {
    /// Whether it reads and writes.
    func answers() async throws -> Bool {
        let written = try await write { try $0.value("SELECT 1", as: Int.self) }
        let read = try await read { try $0.value("SELECT 1", as: Int.self) }
        return written == 1 && read == 1
    }
}
