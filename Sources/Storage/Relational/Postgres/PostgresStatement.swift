import CPostgres

/// A statement that a connection has prepared, with what the server said about it.
struct PostgresStatement {
    let name: String
    let parameterTypes: [Oid]
    let columns: SQLRow.Columns
    private let columnTypes: [PostgresType?]

    init(name: String, description: borrowing PostgresResult) {
        self.name = name
        parameterTypes = description.parameterTypes
        let indices = 0..<description.columnCount
        columns = SQLRow.Columns(indices.map { description.columnName($0) })
        columnTypes = indices.map { PostgresType(description.columnType($0)) }
    }

    /// Results come in binary when every column's binary format is known, else all in text: libpq asks for one format.
    var isBinary: Bool { !columnTypes.contains { $0 == nil } }

    /// The rows of a result of this statement.
    func rows(of result: borrowing PostgresResult) throws(StorageError) -> [SQLRow] {
        guard result.columnCount == columnTypes.count else {
            throw StorageError(.damaged, "a result has other columns than its statement")
        }
        var rows: [SQLRow] = []
        rows.reserveCapacity(result.rowCount)
        for row in 0..<result.rowCount {
            var values: [SQLValue] = []
            values.reserveCapacity(columnTypes.count)
            for column in columnTypes.indices {
                values.append(try value(result.bytes(row, column), column))
            }
            rows.append(SQLRow(columns: columns, values: values))
        }
        return rows
    }

    private func value(_ bytes: UnsafeRawBufferPointer?, _ column: Int) throws(StorageError) -> SQLValue {
        guard let bytes else { return .null }
        let type = columnTypes[column] ?? .text
        let value = isBinary ? type.decode(bytes) : type.decode(text: String(decoding: bytes, as: UTF8.self))
        guard let value else {
            throw StorageError(.damaged, "the column '\(columns.names[column])' is not in the format of its type")
        }
        return value
    }

    /// Text with `?` as what PostgreSQL understands: `$1`, `$2` … A `?` between single or double quotes stays; an
    /// operator that is written with `?` cannot be used.
    static func numbered(_ sql: String) -> String {
        var numbered = ""
        numbered.reserveCapacity(sql.utf8.count + 16)
        var quote: Character?
        var count = 0
        for character in sql {
            if character == "'" || character == "\"" {
                quote = quote == nil ? character : quote == character ? nil : quote
            } else if character == "?", quote == nil {
                count += 1
                numbered += "$\(count)"
                continue
            }
            numbered.append(character)
        }
        return numbered
    }
}

/// Arguments of a statement in the binary formats of its parameters, one behind the other.
struct PostgresArguments {
    /// More than this in one statement is refused; PostgreSQL's own limit for a value is 1 GB.
    static let byteLimit = 256 << 20

    private(set) var buffer: [UInt8] = []
    /// Where each argument lies in the buffer; `nil` for NULL.
    private(set) var ranges: [Range<Int>?] = []
    /// 1 for binary, 0 for text.
    private(set) var formats: [Int32] = []

    init(_ arguments: [any SQLConvertible], for types: [Oid]) throws(StorageError) {
        guard arguments.count == types.count else {
            throw StorageError(.statement, "\(arguments.count) arguments for \(types.count) parameters")
        }
        for (argument, type) in zip(arguments, types) { try append(argument.sqlValue, PostgresType(type)) }
        // Zero bytes of an empty argument lie somewhere, too: a null pointer means NULL.
        buffer.append(0)
    }

    private mutating func append(_ value: SQLValue, _ type: PostgresType?) throws(StorageError) {
        formats.append(type == nil ? 0 : 1)
        if case .null = value { return ranges.append(nil) }
        let start = buffer.count
        if let type {
            try type.encode(value, into: &buffer)
        } else {
            try appendText(value)
        }
        ranges.append(start..<buffer.count)
        guard buffer.count <= Self.byteLimit else {
            throw StorageError(.tooLarge, "a statement has more than \(Self.byteLimit >> 20) MiB of arguments")
        }
    }

    /// A value for a type that is not among those of `PostgresType`: the server reads its text.
    private mutating func appendText(_ value: SQLValue) throws(StorageError) {
        guard case .text(let text) = value else {
            throw StorageError(.invalid, "a parameter of this type takes a text only")
        }
        try PostgresType.encode(text, into: &buffer)
        buffer.append(0)
    }

    /// Calls `body` with pointer, length and format of each argument, as libpq takes them.
    func withPointers<Value>(
        _ body: ([UnsafePointer<CChar>?], [Int32], [Int32]) -> Value
    ) -> Value {
        buffer.withUnsafeBytes { bytes in
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            return body(
                ranges.map { range in range.flatMap { start?.advanced(by: $0.lowerBound) } },
                ranges.map { Int32($0?.count ?? 0) }, formats)
        }
    }
}

/// The statements of one connection by their text, at most `limit`: the one not used for longest makes room.
struct PostgresStatements {
    let limit: Int
    /// Names on the server that are no longer needed here.
    var unused: [String] = []
    private var statements: [String: (statement: PostgresStatement, lastUse: UInt64)] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0

    init(limit: Int) { self.limit = limit }

    var count: Int { statements.count }

    /// A name that no statement of this connection has had.
    mutating func newName() -> String {
        names += 1
        return "s\(names)"
    }

    mutating func find(_ text: String) -> PostgresStatement? {
        guard let index = statements.index(forKey: text) else { return nil }
        uses += 1
        statements.values[index].lastUse = uses
        return statements.values[index].statement
    }

    mutating func keep(_ statement: PostgresStatement, for text: String) {
        if statements.count >= limit, let oldest = statements.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            statements[oldest.key] = nil
            unused.append(oldest.value.statement.name)
        }
        uses += 1
        statements[text] = (statement, uses)
    }

    /// Forgets all, so that each is prepared anew.
    mutating func forget() {
        unused += statements.values.map(\.statement.name)
        statements = [:]
    }
}
