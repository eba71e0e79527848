import AIBoxAPI

extension SQLSession {
    /// The months of a table that lies in monthly partitions which ended before `time`, the oldest first; none on SQLite.
    public func pastPartitions(of table: String, endedBefore time: Timestamp) throws -> [String] {
        guard dialect == .postgres else { return [] }
        let select = """
            SELECT c.relname::text FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
            WHERE i.inhparent = to_regclass(?::text) ORDER BY 1
            """
        return try values(select, [table.quotedIdentifier]).filter { name in
            MonthlyPartition(of: table, named: name).map { $0.end <= time.milliseconds } ?? false
        }
    }

    /// Removes a partition with all its rows, unless somebody reads the table now: to wait for that would make all wait
    /// who come after.
    ///
    /// - Parameter references: the table that the rows refer to, which is locked too.
    /// - Returns: whether it is gone.
    public func dropPartition(_ name: String, of table: String, referringTo references: String) throws -> Bool {
        let tables = [references, table, name].map(\.quotedIdentifier)
        try execute(
            """
            DO $$ BEGIN
                LOCK TABLE ONLY \(tables.joined(separator: ", ONLY ")) IN ACCESS EXCLUSIVE MODE NOWAIT;
                DROP TABLE \(tables[2]);
            EXCEPTION WHEN lock_not_available THEN NULL;
            END $$
            """)
        return try !exists("SELECT 1 FROM pg_class WHERE oid = to_regclass(?::text)", [tables[2]])
    }
}

extension MonthlyPartition {
    /// `nil` for a name that is not one of ours.
    init?(of table: String, named name: String) {
        guard let match = name.wholeMatch(of: /.*_y(\d{4})m(\d{2})/), let year = Int(match.1), let month = Int(match.2)
        else { return nil }
        self.init(of: table, year: year, month: month)
        guard self.name == name else { return nil }
    }
}
