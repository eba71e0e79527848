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

    /// The rows of a table that meet it, newest first by identifier; `before` is the last one of the page before.
    func page<Item>(
        of table: String, before: UUIDv7?, limit: Int, _ db: any SQLSession, _ make: (SQLRow) throws -> Item,
        id: (Item) -> UUIDv7
    ) throws -> Page<Item> {
        var filter = self
        filter.add("id < ?", before)
        let sql = "SELECT * FROM \(table) \(filter.clause) ORDER BY id DESC LIMIT ?"
        // One more, to know whether there is a next page.
        let items = try db.rows(sql, filter.arguments + [limit + 1]).map(make)
        return Page(upTo: limit, of: items) { PageCursor.text(id($0)) }
    }
}

extension Page {
    /// The first `limit` of `rows`; there is a next page when there are more.
    init(upTo limit: Int, of rows: [Item], cursor: (Item) -> String) {
        let items = Array(rows.prefix(limit))
        self.init(items: items, nextCursor: rows.count > limit ? items.last.map(cursor) : nil)
    }
}
