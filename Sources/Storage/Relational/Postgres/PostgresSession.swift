import CPostgres

/// Statements of one transaction on a connection.
///
/// After a failure the transaction is lost whatever `body` makes of the error: later calls throw the same.
final class PostgresSession: SQLSession {
    let dialect = SQLDialect.postgres
    private let connection: PostgresConnection
    /// Sends what begins the transaction, before its first statement; `false`: nothing, and the statement must be the
    /// only one.
    private var begin: ((PostgresConnection, _ first: String) throws(PostgresFailure) -> Bool)?
    /// The statement that was sent without a transaction around it.
    private var lonelyStatement: String?
    /// Whether the server waits for the synchronisation that ends such a statement.
    private(set) var owesSynchronisation = false
    private(set) var failure: PostgresFailure?
    private(set) var hasBegun = false

    init(
        _ connection: PostgresConnection, begin: @escaping (PostgresConnection, String) throws(PostgresFailure) -> Bool
    ) {
        self.connection = connection
        self.begin = begin
    }

    func execute(_ sql: String, _ arguments: [any SQLConvertible]) throws(StorageError) {
        _ = try send(sql, arguments)
    }

    func update(_ sql: String, _ arguments: [any SQLConvertible]) throws(StorageError) -> Int {
        let start = ContinuousClock.now
        _ = try send(sql, arguments)
        let changed = try attempt { () throws(PostgresFailure) in try connection.settle()?.changedRows ?? 0 }
        PostgresMetrics.queries.recordNanoseconds((ContinuousClock.now - start).nanoseconds)
        return changed
    }

    func rows(_ sql: String, _ arguments: [any SQLConvertible]) throws(StorageError) -> [SQLRow] {
        let start = ContinuousClock.now
        let statement = try send(sql, arguments)
        let result = try attempt { () throws(PostgresFailure) in try connection.settle() }
        PostgresMetrics.queries.recordNanoseconds((ContinuousClock.now - start).nanoseconds)
        guard let result else { return [] }
        return try statement.rows(of: result)
    }

    func copy(_ rows: [[SQLValue]], into table: String, columns: [String]) throws(StorageError) {
        if rows.isEmpty { return }
        let types = try columnTypes(of: table)
        let oids = try columns.map { column throws(StorageError) in
            guard let oid = types[column] else {
                throw StorageError(.statement, "the table '\(table)' has no column '\(column)'")
            }
            return oid
        }
        let data = try PostgresCopy.data(rows, types: oids)
        let names = columns.map(\.quotedIdentifier).joined(separator: ", ")
        let statement = "COPY \(table.quotedIdentifier) (\(names)) FROM STDIN (FORMAT binary)"
        _ = try attempt { () throws(PostgresFailure) in try connection.copy(statement, data) }
    }

    /// The types of a table's columns by name.
    private func columnTypes(of table: String) throws(StorageError) -> [String: UInt32] {
        let rows = try rows(
            """
            SELECT attname, atttypid::bigint FROM pg_attribute
            WHERE attrelid = to_regclass(?::text) AND attnum > 0 AND NOT attisdropped
            """, [table.quotedIdentifier])
        guard !rows.isEmpty else { throw StorageError(.statement, "there is no table '\(table)'") }
        var types: [String: UInt32] = [:]
        for row in rows { types[try row.get("attname")] = UInt32(try row.get("atttypid", as: Int64.self)) }
        return types
    }

    /// Sends a statement with its arguments.
    private func send(_ sql: String, _ arguments: [any SQLConvertible]) throws(StorageError) -> PostgresStatement {
        let statement = try attempt { () throws(PostgresFailure) in
            if let lonelyStatement { throw .hasty(lonelyStatement) }
            if let begin {
                self.begin = nil
                hasBegun = true
                if try !begin(connection, sql) { (lonelyStatement, owesSynchronisation) = (sql, true) }
            }
            return try connection.prepared(sql)
        }
        // Nothing is sent of a statement with a wrong argument.
        let encoded = try PostgresArguments(arguments, for: statement.parameterTypes)
        try attempt { () throws(PostgresFailure) in
            try connection.send(statement, encoded)
            guard lonelyStatement != nil else { return }
            try connection.synchronise()
            owesSynchronisation = false
        }
        return statement
    }

    /// Whether a transaction is open that has to be ended.
    var isInTransaction: Bool { hasBegun && lonelyStatement == nil }

    /// Reads what is due, so that the failure of a statement shows whose result nobody asked for.
    func settle() throws(StorageError) {
        guard hasBegun, connection.hasPending else { return }
        try attempt { () throws(PostgresFailure) in _ = try connection.settle() }
    }

    private func attempt<Value: ~Copyable>(
        _ body: () throws(PostgresFailure) -> Value
    ) throws(StorageError) -> Value {
        if let failure { throw failure.error }
        do throws(PostgresFailure) {
            return try body()
        } catch {
            failure = error
            throw error.error
        }
    }
}

/// The format of `COPY … (FORMAT binary)` (PostgreSQL manual, "COPY", file formats).
enum PostgresCopy {
    private static let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]

    static func data(_ rows: [[SQLValue]], types: [UInt32]) throws(StorageError) -> [UInt8] {
        let types = try types.map { oid throws(StorageError) in
            guard let type = PostgresType(oid) else {
                throw StorageError(.invalid, "a column is of a type that cannot be copied")
            }
            return type
        }
        var data = signature
        data.appendBigEndian(UInt32(0))  // flags
        data.appendBigEndian(UInt32(0))  // length of the header's extension
        for row in rows { try append(row, types, to: &data) }
        data.appendBigEndian(Int16(-1))
        return data
    }

    private static func append(
        _ row: [SQLValue], _ types: [PostgresType], to data: inout [UInt8]
    ) throws(StorageError) {
        guard row.count == types.count else {
            throw StorageError(.statement, "a row has \(row.count) values for \(types.count) columns")
        }
        data.appendBigEndian(Int16(types.count))
        for (value, type) in zip(row, types) {
            if case .null = value {
                data.appendBigEndian(Int32(-1))
                continue
            }
            let start = data.count
            data.appendBigEndian(Int32(0))
            try type.encode(value, into: &data)
            data.putBigEndian(UInt32(data.count - start - 4), at: start)
        }
        guard data.count <= PostgresArguments.byteLimit else {
            throw StorageError(.tooLarge, "more than \(PostgresArguments.byteLimit >> 20) MiB are copied at once")
        }
    }
}

extension [UInt8] {
    fileprivate mutating func putBigEndian(_ number: UInt32, at index: Int) {
        for offset in 0..<4 { self[index + offset] = UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * offset)) }
    }
}

extension Duration {
    var nanoseconds: Int64 { Int64(self / .nanoseconds(1)) }
}
