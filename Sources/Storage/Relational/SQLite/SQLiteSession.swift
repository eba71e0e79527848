import Foundation
import GRDB
import GRDBSQLite

/// Statements on one GRDB connection, within its queue.
struct SQLiteSession: SQLSession {
    let db: Database

    init(_ db: Database) { self.db = db }

    var dialect: SQLDialect { .sqlite }

    func execute(_ sql: String, _ arguments: [any SQLConvertible]) throws(StorageError) {
        let values = try Self.values(arguments)
        try run(sql, values) { try $0.execute() }
    }

    func update(_ sql: String, _ arguments: [any SQLConvertible]) throws(StorageError) -> Int {
        try execute(sql, arguments)
        return db.changesCount
    }

    func rows(_ sql: String, _ arguments: [any SQLConvertible]) throws(StorageError) -> [SQLRow] {
        let values = try Self.values(arguments)
        return try run(sql, values) { statement in
            let columns = SQLRow.Columns(statement.columnNames)
            let handle = statement.sqliteStatement
            defer { sqlite3_reset(handle) }
            var rows: [SQLRow] = []
            while true {
                switch sqlite3_step(handle) {
                case SQLITE_ROW:
                    let values = (0..<Int32(columns.names.count)).map { SQLValue(column: $0, of: handle) }
                    rows.append(SQLRow(columns: columns, values: values))
                case SQLITE_DONE: return rows
                default: throw DatabaseError(resultCode: db.lastErrorCode, message: db.lastErrorMessage)
                }
            }
        }
    }

    func copy(_ rows: [[SQLValue]], into table: String, columns: [String]) throws(StorageError) {
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        let sql = "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(places))"
        for row in rows { try execute(sql, row) }
    }

    /// SQLite would keep a text with U+0000 and then cut it at some of its functions; PostgreSQL refuses it.
    private static func values(_ arguments: [any SQLConvertible]) throws(StorageError) -> StatementArguments {
        var values: [DatabaseValue] = []
        values.reserveCapacity(arguments.count)
        for argument in arguments {
            let value = argument.sqlValue
            if case .text(let text) = value, text.utf8.contains(0) {
                throw StorageError(.invalid, "a text holds U+0000")
            }
            values.append(value.databaseValue)
        }
        return StatementArguments(values)
    }

    private func run<Value>(
        _ sql: String, _ arguments: StatementArguments, _ body: (Statement) throws -> Value
    ) throws(StorageError) -> Value {
        do {
            let statement = try db.cachedStatement(sql: sql)
            try statement.setArguments(arguments)
            return try body(statement)
        } catch {
            throw StorageError(sqlite: error)
        }
    }
}

extension SQLValue {
    /// The value of a column of the present row. Read here and not by GRDB, which ends a text at its first U+0000: one
    /// that an old file has must be seen as it is.
    fileprivate init(column: Int32, of statement: OpaquePointer) {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: self = .integer(sqlite3_column_int64(statement, column))
        case SQLITE_FLOAT: self = .real(sqlite3_column_double(statement, column))
        case SQLITE_TEXT:
            let start = sqlite3_column_text(statement, column)
            let count = Int(sqlite3_column_bytes(statement, column))
            self = .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(statement, column)
            let count = Int(sqlite3_column_bytes(statement, column))
            self = .bytes([UInt8](UnsafeRawBufferPointer(start: start, count: count)))
        default: self = .null
        }
    }

    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        }
    }
}

extension StorageError {
    /// What SQLite said, with its code, without the values of the statement.
    init(sqlite error: any Error) {
        switch error {
        case let error as StorageError: self = error
        case let error as DatabaseError:
            let text = "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "no reason given")"
            // The one failure of I/O that is no failure to read or write: a page came back with a wrong checksum.
            let isDamage = error.extendedResultCode == .SQLITE_IOERR_DATA
            self.init(isDamage ? .damaged : Self.code(error.resultCode), text)
        default: self.init(.statement, "\(error)")
        }
    }

    private static func code(_ code: ResultCode) -> Code {
        switch code {
        case .SQLITE_FULL: .full
        case .SQLITE_CONSTRAINT: .conflict
        case .SQLITE_MISMATCH: .invalid
        case .SQLITE_TOOBIG: .tooLarge
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged
        case .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM: .inputOutput
        case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
        case .SQLITE_INTERRUPT: .timeout
        case .SQLITE_ERROR, .SQLITE_MISUSE, .SQLITE_RANGE: .statement
        default: .unavailable
        }
    }
}
