extension DatabaseCopy {
    /// Takes the rows out of a page that have a text which is no UTF-8: SQLite keeps any bytes as text, and reading puts
    /// U+FFFD in place of what is wrong, which must not arrive as if it had been written so.
    ///
    /// - Returns: the others, and those that were taken out with the reason.
    func withoutMisread(
        _ page: [SQLRow], of table: TableLayout, _ session: any SQLSession
    ) throws -> (rows: [SQLRow], refused: [Refusal]) {
        guard session.dialect == .sqlite else { return (page, []) }
        var (rows, refused): ([SQLRow], [Refusal]) = ([], [])
        for row in page {
            guard let column = try table.misreadColumn(of: row, session) else {
                rows.append(row)
                continue
            }
            let key = CopyKey.text(try table.keyValues(row))
            refused.append(Refusal(table: table.name, key: key, reason: "\(column) is no UTF-8"))
        }
        return (rows, refused)
    }
}

extension TableLayout {
    /// A column whose bytes are others than its text was read as.
    fileprivate func misreadColumn(of row: SQLRow, _ session: any SQLSession) throws -> String? {
        let condition = key.map { "\($0.quotedIdentifier) = ?" }.joined(separator: " AND ")
        for (column, value) in zip(row.columns.names, row.values) {
            guard case .text(let text) = value, text.unicodeScalars.contains("\u{FFFD}") else { continue }
            let bytes: [UInt8]? = try session.value(
                "SELECT CAST(\(column.quotedIdentifier) AS BLOB) FROM \(name.quotedIdentifier) WHERE \(condition)",
                try keyValues(row))
            if bytes != Array(text.utf8) { return column }
        }
        return nil
    }
}
