/// One row of a result: values with the names of their columns, which all rows of the result share.
public struct SQLRow: Sendable {
    /// The columns of a result by name; of two with the same name the first.
    public final class Columns: Sendable {
        public let names: [String]
        fileprivate let indices: [String: Int]

        public init(_ names: [String]) {
            self.names = names
            indices = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    public let columns: Columns
    public let values: [SQLValue]

    public init(columns: Columns, values: [SQLValue]) {
        self.columns = columns
        self.values = values
    }

    /// The value of a column, as what the caller takes it for.
    ///
    /// - Throws: `StorageError` `.damaged` when there is no such column or it holds something else.
    public func get<Value: SQLConvertible>(_ column: String, as type: Value.Type = Value.self) throws(StorageError)
        -> Value
    {
        guard let index = columns.indices[column] else {
            throw StorageError(.damaged, "a result has no column '\(column)'")
        }
        guard let value = Value(sqlValue: values[index]) else {
            throw StorageError(.damaged, "the column '\(column)' holds no \(Value.self)")
        }
        return value
    }
}
