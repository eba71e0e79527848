import Foundation

/// Copies all rows of one database into another, empty one with the same schema, whichever dialects they speak.
///
/// Rows go in the order of their primary keys, some thousand to a transaction, in which the target also notes how far it
/// is: a copy that was cut off goes on where it was. A row that the target refuses (such as a text with U+0000 from an
/// old file), or with a text that is no UTF-8, is set aside with the reason and the others arrive. At the end both sides are read once more and compared
/// by count and checksum. The source must not be written meanwhile.
public struct DatabaseCopy: Sendable {
    static let progressTable = "copy_progress"
    /// Rows of one transaction.
    static let chunk = 2000

    public struct Table: Sendable, Equatable {
        public let name: String
        public let sourceRows: Int
        public let targetRows: Int
        /// Whether every row that was not set aside has arrived as it was.
        public let isEqual: Bool
    }

    /// A row that the target does not take.
    public struct Refusal: Sendable, Equatable {
        public let table: String
        /// The primary key, see `CopyKey`.
        public let key: String
        public let reason: String
    }

    public struct Report: Sendable {
        public let tables: [Table]
        public let refused: [Refusal]

        /// Whether all rows are there, and equal.
        public var isComplete: Bool { refused.isEmpty && tables.allSatisfy(\.isEqual) }
    }

    private let source: any SQLDatabase
    private let target: any SQLDatabase
    private let schema: Schema

    public init(from source: any SQLDatabase, to target: any SQLDatabase, schema: Schema) {
        (self.source, self.target, self.schema) = (source, target, schema)
    }

    /// - Parameter progress: called after each transaction with the table and the rows copied of it.
    /// - Throws: `StorageError` `.conflict` when the target has rows of its own, `.newer` when one side is of a later
    ///   version.
    public func run(progress: @Sendable (_ table: String, _ rows: Int) -> Void) async throws -> Report {
        let status = try await schema.status(of: source)
        guard status.unknown.isEmpty, status.steps.allSatisfy({ $0.appliedAt != nil }) else {
            throw StorageError(.statement, "migrate the source first: its schema is not of this version")
        }
        _ = try await schema.migrate(target)
        let computed = schema.migrations.reduce(into: Set()) { $0.formUnion($1.computed) }
        let tables = try await source.read { try TableLayout.all($0) }.filter { !computed.contains($0.name) }
        try await prepare(tables)
        var refused: [Refusal] = []
        for table in tables { refused += try await copy(table, progress) }
        let report = try await compare(tables, refused)
        if report.tables.allSatisfy(\.isEqual) {
            try await target.write { try $0.execute("DROP TABLE \(Self.progressTable)") }
        }
        return report
    }

    /// Takes the rows away that the migrations themselves have made; refuses a target with others.
    private func prepare(_ tables: [TableLayout]) async throws {
        let seeded = try await seededTables()
        let layout = Migration(
            0, "copy",
            [
                .both(
                    """
                    CREATE TABLE \(Self.progressTable) (
                        name TEXT NOT NULL PRIMARY KEY,
                        last_key TEXT,
                        row_count INTEGER NOT NULL
                    ) STRICT
                    """)
            ])
        try await target.write { session in
            if try Schema.exists(Self.progressTable, session) { return }
            for table in tables {
                let isFilled = try session.exists("SELECT 1 FROM \(table.name.quotedIdentifier) LIMIT 1")
                guard isFilled else { continue }
                guard seeded.contains(table.name) else {
                    throw StorageError(.conflict, "the target is not empty: \(table.name) has rows")
                }
                try session.execute("DELETE FROM \(table.name.quotedIdentifier)")
            }
            try layout.apply(session)
        }
    }

    /// Tables that have rows in a database that was only just migrated.
    private func seededTables() async throws -> Set<String> {
        let path = NSTemporaryDirectory() + "/aibox-schema-\(UUID().uuidString).sqlite"
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
        let fresh = try SQLiteDatabase(SQLiteDatabase.Configuration(path: path))
        _ = try await schema.migrate(fresh)
        let names = try await fresh.read { session in
            try TableLayout.all(session).map(\.name).filter {
                try session.exists("SELECT 1 FROM \($0.quotedIdentifier) LIMIT 1")
            }
        }
        await fresh.close()
        return Set(names)
    }

    // MARK: One table

    private func copy(
        _ table: TableLayout, _ progress: @Sendable (String, Int) -> Void
    ) async throws -> [Refusal] {
        let noted = try await target.read { session in
            try session.row("SELECT last_key, row_count FROM \(Self.progressTable) WHERE name = ?", [table.name])
        }
        var count: Int = try noted?.get("row_count") ?? 0
        var last = try noted?.get("last_key", as: String?.self).map(CopyKey.values(in:))
        var refused: [Refusal] = []
        while true {
            try Task.checkCancellation()
            let (page, sound) = try await source.read { [last] session in
                let page = try table.page(after: last, limit: Self.chunk, session)
                return (page, try withoutMisread(page, of: table, session))
            }
            guard let end = try page.last.map(table.keyValues) else { return refused }
            refused += sound.refused
            refused += try await store(sound.rows, of: table, upTo: end, counting: count + page.count)
            (last, count) = (end, count + page.count)
            progress(table.name, count)
        }
    }

    /// All at once, or when one of them is refused one by one.
    private func store(
        _ page: [SQLRow], of table: TableLayout, upTo end: [SQLValue], counting count: Int
    ) async throws -> [Refusal] {
        do {
            try await write(page, of: table, upTo: end, counting: count)
            return []
        } catch let error as StorageError where [.invalid, .conflict, .tooLarge].contains(error.code) {
            var refused: [Refusal] = []
            for row in page {
                let key = try table.keyValues(row)
                do {
                    try await write([row], of: table, upTo: key, counting: count)
                } catch let error as StorageError where [.invalid, .conflict, .tooLarge].contains(error.code) {
                    refused.append(Refusal(table: table.name, key: CopyKey.text(key), reason: error.message))
                }
            }
            return refused
        }
    }

    private func write(
        _ rows: [SQLRow], of table: TableLayout, upTo end: [SQLValue], counting count: Int
    ) async throws {
        try await target.write { session in
            try session.copy(rows.map(\.values), into: table.name, columns: table.columns)
            try session.execute(
                """
                INSERT INTO \(Self.progressTable) (name, last_key, row_count) VALUES (?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET last_key = excluded.last_key, row_count = excluded.row_count
                """, [table.name, CopyKey.text(end), count])
        }
    }

    // MARK: Afterwards

    private func compare(_ tables: [TableLayout], _ refused: [Refusal]) async throws -> Report {
        var result: [Table] = []
        let json = try await jsonColumns()
        for table in tables {
            let setAside = Set(refused.filter { $0.table == table.name }.map(\.key))
            let columns = json[table.name] ?? []
            let there = try await digest(table, source, json: columns, without: setAside)
            let here = try await digest(table, target, json: columns, without: [])
            result.append(
                Table(
                    name: table.name, sourceRows: there.rows + setAside.count, targetRows: here.rows,
                    isEqual: there == here))
        }
        return Report(tables: result, refused: refused)
    }

    private func digest(
        _ table: TableLayout, _ database: any SQLDatabase, json: Set<String>, without keys: Set<String>
    ) async throws -> RowDigest {
        var (digest, last): (RowDigest, [SQLValue]?) = (RowDigest(), nil)
        while true {
            let page = try await database.read { [last] in try table.page(after: last, limit: Self.chunk, $0) }
            guard let end = try page.last.map(table.keyValues) else { return digest }
            for row in page where try keys.isEmpty || !keys.contains(CopyKey.text(table.keyValues(row))) {
                digest.add(row, json: json)
            }
            last = end
        }
    }

    /// Columns that PostgreSQL, when it is one of the two, holds as JSONB.
    private func jsonColumns() async throws -> [String: Set<String>] {
        guard let server = [source, target].first(where: { $0.dialect == .postgres }) else { return [:] }
        let rows = try await server.read {
            try $0.rows(
                """
                SELECT table_name::text AS name, column_name::text AS column FROM information_schema.columns
                WHERE table_schema = current_schema() AND data_type = 'jsonb'
                """)
        }
        return try rows.reduce(into: [:]) { columns, row in
            columns[try row.get("name"), default: []].insert(try row.get("column"))
        }
    }
}
