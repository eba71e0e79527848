import Foundation

/// What a copy has to know of a table: read from the database itself.
struct TableLayout: Sendable, Equatable {
    let name: String
    /// In their order in the table; the copy names them, so that the order need not be the same on both sides.
    let columns: [String]
    /// The primary key: rows are read in its order.
    let key: [String]
    /// Tables that rows of this one refer to.
    let references: Set<String>

    /// All tables of the program, those that others refer to before these.
    ///
    /// - Throws: `StorageError` `.statement` for a table without a primary key, or tables that refer to one another.
    static func all(_ session: any SQLSession) throws -> [TableLayout] {
        let names: [String] = try session.values(
            session.dialect == .sqlite
                ? "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@' ORDER BY name"
                : """
                SELECT c.relname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
                """)
        let layouts = try names.filter { !ownTables.contains($0) }.map { try read($0, session) }
        return try sorted(layouts)
    }

    /// Of the schema and the copy themselves.
    static let ownTables: Set<String> = ["schema_migrations", DatabaseCopy.progressTable]

    private static func read(_ table: String, _ session: any SQLSession) throws -> TableLayout {
        let (columns, key, references): (String, String, String) =
            switch session.dialect {
            case .sqlite:
                (
                    "SELECT name FROM pragma_table_info(?) ORDER BY cid",
                    "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk",
                    "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list(?)"
                )
            case .postgres:
                (
                    """
                    SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass(?::text) AND attnum > 0
                    AND NOT attisdropped ORDER BY attnum
                    """,
                    """
                    SELECT a.attname::text FROM pg_index AS i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (n, place)
                    JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.n
                    WHERE i.indrelid = to_regclass(?::text) AND i.indisprimary ORDER BY k.place
                    """,
                    """
                    SELECT DISTINCT c.relname::text FROM pg_constraint AS f JOIN pg_class AS c ON c.oid = f.confrelid
                    WHERE f.conrelid = to_regclass(?::text) AND f.contype = 'f'
                    """
                )
            }
        let layout = TableLayout(
            name: table, columns: try session.values(columns, [table]), key: try session.values(key, [table]),
            references: Set(try session.values(references, [table])))
        guard !layout.key.isEmpty else { throw StorageError(.statement, "the table \(table) has no primary key") }
        return layout
    }

    /// Topological order (A. B. Kahn, 1962), by name among equals.
    static func sorted(_ layouts: [TableLayout]) throws -> [TableLayout] {
        var (waiting, done, result): ([TableLayout], Set<String>, [TableLayout]) = (layouts, [], [])
        while !waiting.isEmpty {
            let ready = waiting.filter { $0.references.subtracting([$0.name]).isSubset(of: done) }
            guard !ready.isEmpty else {
                let names = waiting.map(\.name).joined(separator: ", ")
                throw StorageError(.statement, "these tables refer to one another or to a missing one: \(names)")
            }
            result += ready
            done.formUnion(ready.map(\.name))
            waiting.removeAll { done.contains($0.name) }
        }
        return result
    }

    /// The rows behind `last`, in the order of the key.
    func page(after last: [SQLValue]?, limit: Int, _ session: any SQLSession) throws -> [SQLRow] {
        let order = key.map(\.quotedIdentifier).joined(separator: ", ")
        let places = key.map { _ in "?" }.joined(separator: ", ")
        let condition = last == nil ? "" : " WHERE (\(order)) > (\(places))"
        let list = columns.map(\.quotedIdentifier).joined(separator: ", ")
        let sql = "SELECT \(list) FROM \(name.quotedIdentifier)\(condition) ORDER BY \(order) LIMIT ?"
        return try session.rows(sql, (last ?? []) + [limit])
    }

    func keyValues(_ row: SQLRow) throws -> [SQLValue] { try key.map { try row.get($0) } }
}
