/// Finding identifiers.
extension DocumentSQL {
    /// The statements whose results together, newest first and each identifier once, are what `filter` matches.
    ///
    /// One condition of equality on an indexed path becomes a statement for each kind of value, which reads one stretch
    /// of the index in its order, and no further than the limit.
    func find(
        _ filter: DocumentFilter, in collection: DocumentCollection, after id: SQLValue?, limit: Int
    ) -> [Statement] {
        if filter.conditions.count == 1, let condition = filter.conditions.first, indexed.contains(condition.path),
            let values = condition.test.equals
        {
            let stretches = values.flatMap { self.stretches(of: $0, condition.path) }
            // Null has no place of its own in an index.
            if !stretches.isEmpty {
                return stretches.map { statement($0, condition.path, collection, after: id, limit) }
            }
        }
        var text = "SELECT id FROM documents WHERE collection = '\(collection.name)'"
        var arguments: [SQLValue] = []
        if let id {
            text += " AND id < ?"
            arguments.append(id)
        }
        append(filter, to: &text, &arguments)
        return [Statement(text: text + "\nORDER BY id DESC LIMIT ?", arguments: arguments + [.integer(Int64(limit))])]
    }

    /// Those of `ids` that `filter` matches.
    func matches(of filter: DocumentFilter, among ids: [SQLValue], in collection: DocumentCollection) -> [Statement] {
        chunks(of: ids).map { ids in
            var (text, arguments) = ("SELECT id FROM documents" + matching(ids, in: collection), ids)
            append(filter, to: &text, &arguments)
            return Statement(text: text, arguments: arguments)
        }
    }

    private func append(_ filter: DocumentFilter, to text: inout String, _ arguments: inout [SQLValue]) {
        // In order of their texts: the same conditions in another order are the same statement.
        for condition in filter.conditions.map(condition).sorted(by: { $0.text < $1.text }) {
            text += "\nAND \(condition.text)"
            arguments += condition.arguments
        }
    }

    private func statement(
        _ stretch: Stretch, _ path: DocumentPath, _ collection: DocumentCollection, after id: SQLValue?, _ limit: Int
    ) -> Statement {
        let name = indexName(of: path, in: collection) + stretch.suffix
        var text = "SELECT id FROM documents\(dialect == .sqlite ? " INDEXED BY \(name)" : "")"
        text += "\nWHERE collection = '\(collection.name)' AND \(stretch.condition.text)"
        var arguments = stretch.condition.arguments
        if let id {
            text += " AND id < ?"
            arguments.append(id)
        }
        text += "\nORDER BY \(stretch.order)id DESC LIMIT ?"
        return Statement(text: text, arguments: arguments + [.integer(Int64(limit))], isInOrder: true)
    }

    /// A part of an index in which all entries have one value, in the order of their identifiers.
    private struct Stretch {
        var suffix = ""
        var condition: Statement
        var order = ""
    }

    private func stretches(of value: DocumentFilter.Scalar, _ path: DocumentPath) -> [Stretch] {
        switch dialect {
        case .sqlite: sqliteStretches(of: value, path)
        case .postgres: postgresStretch(of: value, literal(path)).map { [$0] } ?? []
        }
    }

    /// The index begins with the kind, so that no row has to be read for it.
    private func sqliteStretches(of value: DocumentFilter.Scalar, _ path: DocumentPath) -> [Stretch] {
        let place = literal(path)
        func stretch(_ kind: String, _ argument: String, _ value: SQLValue) -> Stretch {
            Stretch(
                condition: Statement(
                    text: "\(self.kind(at: place)) = '\(kind)' AND \(self.value(at: place)) = \(argument)",
                    arguments: [value]))
        }
        func numberStretches(_ number: String) -> [Stretch] {
            ["integer", "real"].map { stretch($0, "json_extract(?, '$')", .text(number)) }
        }
        switch value {
        case .null: return []
        case .bool(let value): return [stretch(value ? "true" : "false", "?", .integer(value ? 1 : 0))]
        case .integer(let number): return numberStretches(String(number))
        case .number(let number): return numberStretches("\(number)")
        case .string(let text): return [stretch("text", "?", .text(text))]
        }
    }

    /// Written as a range, and in the order of the whole index: with an equality PostgreSQL might take the table's key
    /// for that order, and read all of it when it takes a rare value for a common one.
    private func postgresStretch(of value: DocumentFilter.Scalar, _ place: String) -> Stretch? {
        func stretch(_ suffix: String, _ expression: String, _ argument: String, _ value: SQLValue) -> Stretch {
            Stretch(
                suffix: suffix,
                condition: Statement(
                    text: "\(expression) >= \(argument) AND \(expression) <= \(argument)", arguments: [value, value]),
                order: "\(expression) DESC, ")
        }
        switch value {
        case .null: return nil
        case .bool(let value): return stretch("_boolean", boolean(at: place), "(?::TEXT)::BOOLEAN", .text("\(value)"))
        case .integer(let number):
            return stretch("_number", self.number(at: place), "?::NUMERIC", .text(String(number)))
        case .number(let number): return stretch("_number", self.number(at: place), "?::NUMERIC", .text("\(number)"))
        case .string(let text):
            var found = stretch("_text", beginning(of: self.text(at: place)), beginning(of: "?::TEXT"), .text(text))
            found.condition.text += " AND (\(self.text(at: place))) COLLATE \"C\" = ?::TEXT"
            found.condition.arguments.append(.text(text))
            return found
        }
    }
}
