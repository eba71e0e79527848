extension PostgresDatabase {
    /// PostgreSQL cleans up behind updates in its own time, and its log keeps them until it is recycled: nothing can be
    /// erased for good from here. What must be erasable is encrypted.
    public func eraseJournal() async -> Bool { true }

    public func eraseFreed() async -> Bool { true }

    /// Checksum failures that the server has seen, indexes that are not valid, and every row of every table read once.
    public func check(limit: Int) async throws(StorageError) -> [String] {
        do {
            return try await read { session in
                var lines: [String] = []
                let failures: Int? = try session.value(
                    "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()")
                if let failures, failures > 0 {
                    lines.append("the server found \(failures) pages with wrong checksums")
                }
                lines += try session.values(
                    """
                    SELECT 'the index ' || i.indexrelid::regclass::text || ' is not valid' FROM pg_index AS i
                    JOIN pg_class AS c ON c.oid = i.indrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
                    WHERE n.nspname = current_schema() AND NOT i.indisvalid
                    """)
                let tables: [String] = try session.values(
                    "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")
                for table in tables where lines.count < limit { lines += Self.readAll(table, session) }
                return Array(lines.prefix(limit))
            }
        } catch {
            throw error as? StorageError ?? StorageError(.statement, "\(error)")
        }
    }

    private static func readAll(_ table: String, _ session: any SQLSession) -> [String] {
        do throws(StorageError) {
            // Writing a row as text reads all of its values, the long ones that lie elsewhere too.
            _ = try session.rows("SELECT count(length(t::text)) FROM \(table.quotedIdentifier) AS t")
            return []
        } catch {
            return ["\(table): \(error.message)"]
        }
    }
}
