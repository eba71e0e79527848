import CPostgres

/// Owns one `PGresult`: it is cleared exactly once. What it points to is valid while it lives.
struct PostgresResult: ~Copyable {
    /// Fields of an error (libpq's `PG_DIAG_…`).
    enum Diagnostic: UInt8 {
        case severity = 0x56  // V, never translated
        case state = 0x43  // C
        case message = 0x4D  // M
        case detail = 0x44  // D
        case table = 0x74  // t
        case constraint = 0x6E  // n
    }

    private let handle: OpaquePointer

    init(adopting handle: OpaquePointer) { self.handle = handle }

    deinit { PQclear(handle) }

    var status: ExecStatusType { PQresultStatus(handle) }

    /// `INSERT 0 1`, `COMMIT` …
    var commandTag: String { PQcmdStatus(handle).map { String(cString: $0) } ?? "" }

    /// Rows that a statement has changed.
    var changedRows: Int { PQcmdTuples(handle).flatMap { Int(String(cString: $0)) } ?? 0 }

    var rowCount: Int { Int(PQntuples(handle)) }
    var columnCount: Int { Int(PQnfields(handle)) }

    /// The whole message; for a failure without fields, such as a broken connection.
    var message: String {
        (PQresultErrorMessage(handle).map { String(cString: $0) } ?? "").split(separator: "\n").first.map(String.init)
            ?? "no message"
    }

    func diagnostic(_ field: Diagnostic) -> String? {
        PQresultErrorField(handle, Int32(field.rawValue)).map { String(cString: $0) }
    }

    func columnName(_ column: Int) -> String { PQfname(handle, Int32(column)).map { String(cString: $0) } ?? "" }
    func columnType(_ column: Int) -> Oid { PQftype(handle, Int32(column)) }

    /// Of a described statement.
    var parameterTypes: [Oid] { (0..<PQnparams(handle)).map { PQparamtype(handle, $0) } }

    /// The bytes of a value, `nil` for NULL.
    func bytes(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer? {
        guard PQgetisnull(handle, Int32(row), Int32(column)) == 0 else { return nil }
        return UnsafeRawBufferPointer(
            start: PQgetvalue(handle, Int32(row), Int32(column)),
            count: Int(PQgetlength(handle, Int32(row), Int32(column))))
    }

    /// A value in text format.
    func text(_ row: Int, _ column: Int) -> String? { bytes(row, column).map { String(decoding: $0, as: UTF8.self) } }
}
