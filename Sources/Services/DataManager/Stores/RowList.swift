import AIBoxAPI
import Storage

/// A page of rows, newest first by identifier.
struct RowList {
    let table: String
    let limit: Int
    private var conditions: [String] = []
    private var arguments: [any SQLConvertible] = []

    init(table: String, limit: Int) { (self.table, self.limit) = (table, limit) }

    /// Adds a condition with one `?`; none for `nil`.
    func filtered(_ condition: String, _ value: (any SQLConvertible)?) -> RowList {
        guard let value else { return self }
        var list = self
        list.conditions.append(condition)
        list.arguments.append(value)
        return list
    }

    func page<Item>(
        _ db: any SQLSession, _ id: (Item) -> UUIDv7, _ make: (SQLRow) throws -> Item
    ) throws -> Page<Item> {
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let select = "SELECT * FROM \(table) \(filter) ORDER BY id DESC LIMIT ?"
        // One more, to know whether there is a next page.
        var items = try db.rows(select, arguments + [limit + 1]).map(make)
        let hasMore = items.count > limit
        if hasMore { items.removeLast() }
        return Page(items: items, nextCursor: hasMore ? items.last.map { PageCursor.text(id($0)) } : nil)
    }
}
