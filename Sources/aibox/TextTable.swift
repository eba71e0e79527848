/// Columns of text, aligned by the number of characters.
struct TextTable: CustomStringConvertible {
    private let rows: [[String]]

    init(_ head: [String], _ rows: [[String]]) { self.rows = [head] + rows }

    var description: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}

enum ByteText {
    /// Megabytes (10⁶) with one digit.
    static func megabytes(_ bytes: Int) -> String { "\((Double(bytes) / 100_000).rounded() / 10)" }
}
