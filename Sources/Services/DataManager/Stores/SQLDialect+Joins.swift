import Storage

extension SQLDialect {
    /// A join that reads its left side first. SQLite has no statistics here and would now and then begin on the right;
    /// its CROSS JOIN keeps the order. PostgreSQL knows its tables.
    var orderedJoin: String {
        switch self {
        case .sqlite: "CROSS JOIN"
        case .postgres: "JOIN"
        }
    }
}
