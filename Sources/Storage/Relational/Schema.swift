import AIBoxAPI

/// The tables of a database, as the numbered migrations that made them.
public struct Schema: Sendable {
    /// What `aibox db status` tells.
    public struct Status: Sendable, Equatable {
        public struct Step: Sendable, Equatable {
            public let identifier: String
            /// `nil`: not applied yet.
            public let appliedAt: Timestamp?
        }

        public let steps: [Step]
        /// Applied ones that this program does not know: a later one has been here.
        public let unknown: [String]
    }

    public let migrations: [Migration]

    /// - Precondition: the numbers are 1, 2, 3 …
    public init(_ migrations: [Migration]) {
        precondition(migrations.map(\.number) == Array(1..<migrations.count + 1), "migrations are numbered 1, 2, 3 …")
        self.migrations = migrations
    }

    /// Applies what is missing, each migration in a transaction of its own, and returns what it applied.
    ///
    /// - Throws: `StorageError` `.newer` when a later program has migrated the database further.
    public func migrate(_ database: any SQLDatabase) async throws -> [String] {
        try await prepare(database)
        let status = try await status(of: database)
        if let latest = status.unknown.last {
            throw StorageError(.newer, "the database was written by a later version of aibox (it has \(latest))")
        }
        var applied: [String] = []
        for migration in migrations where try await apply(migration, database) {
            applied.append(migration.identifier)
        }
        return applied
    }

    public func status(of database: any SQLDatabase) async throws -> Status {
        let rows = try await database.read { session in
            guard try Self.exists("schema_migrations", session) else { return [SQLRow]() }
            return try session.rows("SELECT identifier, applied_at FROM schema_migrations ORDER BY number")
        }
        let applied = try rows.map {
            (try $0.get("identifier", as: String.self), try $0.get("applied_at", as: Timestamp.self))
        }
        let times = Dictionary(applied, uniquingKeysWith: { first, _ in first })
        let known = Set(migrations.map(\.identifier))
        return Status(
            steps: migrations.map { Status.Step(identifier: $0.identifier, appliedAt: times[$0.identifier]) },
            unknown: applied.map(\.0).filter { !known.contains($0) })
    }

    private func apply(_ migration: Migration, _ database: any SQLDatabase) async throws -> Bool {
        try await database.write { session in
            // Asked again in the transaction: of two instances that start together one has done it.
            let done = "SELECT 1 FROM schema_migrations WHERE number = ?"
            guard try session.row(done, [migration.number]) == nil else { return false }
            try migration.apply(session)
            try session.execute(
                "INSERT INTO schema_migrations (number, identifier, applied_at) VALUES (?, ?, ?)",
                [migration.number, migration.identifier, Timestamp.now])
            return true
        }
    }

    /// Makes the table of migrations.
    private func prepare(_ database: any SQLDatabase) async throws {
        let table = Migration(
            0, "migrations",
            [
                .both(
                    """
                    CREATE TABLE IF NOT EXISTS schema_migrations (
                        number INTEGER NOT NULL PRIMARY KEY,
                        identifier TEXT NOT NULL UNIQUE,
                        applied_at INTEGER NOT NULL
                    ) STRICT
                    """)
            ])
        try await database.write { session in
            try table.apply(session)
            guard session.dialect == .sqlite, try Self.exists("grdb_migrations", session) else { return }
            try Self.adopt(session)
        }
    }

    /// Takes over the list of migrations that versions before 0.6 kept under another name.
    private static func adopt(_ session: any SQLSession) throws(StorageError) {
        try session.execute(
            """
            INSERT INTO schema_migrations (number, identifier, applied_at)
            SELECT CAST(substr(identifier, 1, 4) AS INTEGER), identifier, 0 FROM grdb_migrations
            """)
        try session.execute("DROP TABLE grdb_migrations")
    }

    static func exists(_ table: String, _ session: any SQLSession) throws(StorageError) -> Bool {
        let question =
            switch session.dialect {
            case .sqlite: "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?"
            case .postgres: "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = ?"
            }
        return try session.row(question, [table]) != nil
    }
}
