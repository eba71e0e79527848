import AIBoxAPI
import Storage

/// Conditions that all must hold, of those that were given a value.
struct RowFilter {
    private var conditions: [String] = []
    private(set) var arguments: [any SQLConvertible] = []

    /// Nothing for `nil`: any row will do.
    mutating func add(_ condition: String, _ value: (any SQLConvertible)?) {
        guard let value else { return }
        conditions.append(condition)
        arguments.append(value)
    }

    /// `WHERE …`, or nothing.
    var clause: String { conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ") }
}

extension Page {
    /// The first `limit` of `rows`; there is a next page when there are more.
    init(upTo limit: Int, of rows: [Item], cursor: (Item) -> String) {
        let items = Array(rows.prefix(limit))
        self.init(items: items, nextCursor: rows.count > limit ? items.last.map(cursor) : nil)
    }
}
