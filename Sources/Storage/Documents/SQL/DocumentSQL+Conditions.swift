extension DocumentSQL {
    func condition(_ condition: DocumentFilter.Condition) -> Statement {
        let path = condition.path
        switch condition.test {
        case .exists: return Statement(text: "\(kind(at: place(of: path))) IS NOT NULL", arguments: arguments(path))
        case .compare(_, .null): return isKind("null", path)
        case .compare(_, .bool(let value)): return isBoolean(value, path)
        case .compare(let comparison, .integer(let number)): return compareNumber(path, comparison, String(number))
        case .compare(let comparison, .number(let number)): return compareNumber(path, comparison, "\(number)")
        case .compare(let comparison, .string(let text)): return compareText(path, comparison, text)
        case .oneOf(let values):
            let tests = values.map { self.condition(.init(path: path, test: .compare(.equal, $0))) }
            return Statement(
                text: "(" + tests.map(\.text).joined(separator: " OR ") + ")", arguments: tests.flatMap(\.arguments))
        }
    }

    /// What an index of a path holds, with what its name ends with.
    ///
    /// SQLite's holds the kind and the value. PostgreSQL's are one for each kind: a text only as far as fits a page of an
    /// index, of which the database would refuse a longer one with the whole row.
    func indexedExpressions(_ place: String) -> [(suffix: String, expression: String)] {
        switch dialect {
        case .sqlite: [("", "\(kind(at: place)), \(value(at: place))")]
        case .postgres:
            [
                ("_number", number(at: place)), ("_text", "(\(beginning(of: text(at: place))))"),
                ("_boolean", boolean(at: place)),
            ]
        }
    }

    /// The path as a literal. Its names have no quote, backslash or brace (`DocumentPath`).
    func literal(_ path: DocumentPath) -> String { "'\(argument(path))'" }

    private func argument(_ path: DocumentPath) -> String {
        switch dialect {
        case .sqlite: "$" + path.names.map { ".\"\($0)\"" }.joined()
        case .postgres: "{" + path.names.map { "\"\($0)\"" }.joined(separator: ",") + "}"
        }
    }

    private func place(of path: DocumentPath) -> String {
        if indexed.contains(path) { return literal(path) }
        return dialect == .postgres ? "?::TEXT[]" : "?"
    }

    /// The arguments of a text in which the path's place stands `count` times.
    private func arguments(_ path: DocumentPath, _ count: Int = 1) -> [SQLValue] {
        indexed.contains(path) ? [] : Array(repeating: .text(argument(path)), count: count)
    }

    // MARK: the kinds

    private func isKind(_ kind: String, _ path: DocumentPath) -> Statement {
        Statement(text: "\(self.kind(at: place(of: path))) = '\(kind)'", arguments: arguments(path))
    }

    private func isBoolean(_ value: Bool, _ path: DocumentPath) -> Statement {
        switch dialect {
        case .sqlite: isKind(value ? "true" : "false", path)
        case .postgres:
            Statement(text: "body #> \(place(of: path)) = '\(value)'::JSONB", arguments: arguments(path))
        }
    }

    /// The number is sent as text, so that both of its sides are read by the database in the same way.
    private func compareNumber(
        _ path: DocumentPath, _ comparison: DocumentFilter.Comparison, _ number: String
    ) -> Statement {
        let place = place(of: path)
        let value = SQLValue.text(number)
        return switch dialect {
        case .sqlite:
            Statement(
                text: """
                    \(kind(at: place)) IN ('integer', 'real') \
                    AND \(self.value(at: place)) \(comparison.rawValue) json_extract(?, '$')
                    """, arguments: arguments(path, 2) + [value])
        case .postgres:
            Statement(
                text: "\(self.number(at: place)) \(comparison.rawValue) ?::NUMERIC",
                arguments: arguments(path, 2) + [value]
            )
        }
    }

    private func compareText(
        _ path: DocumentPath, _ comparison: DocumentFilter.Comparison, _ text: String
    ) -> Statement {
        let place = place(of: path)
        let value = SQLValue.text(text)
        switch dialect {
        case .sqlite:
            return Statement(
                text: "\(kind(at: place)) = 'text' AND \(self.value(at: place)) \(comparison.rawValue) ?",
                arguments: arguments(path, 2) + [value])
        case .postgres:
            let whole = Statement(
                text: "(\(self.text(at: place))) COLLATE \"C\" \(comparison.rawValue) ?::TEXT",
                arguments: arguments(path, 2) + [value])
            guard indexed.contains(path) else { return whole }
            // Of two texts in order the beginnings are in order or equal: the index narrows, the whole decides.
            let narrowed: DocumentFilter.Comparison =
                switch comparison {
                case .less: .atMost
                case .greater: .atLeast
                default: comparison
                }
            return Statement(
                text: """
                    \(beginning(of: self.text(at: place))) \(narrowed.rawValue) \(beginning(of: "?::TEXT")) \
                    AND \(whole.text)
                    """, arguments: [value] + whole.arguments)
        }
    }

    // MARK: expressions

    /// The name of the kind of value at a place; NULL when there is none.
    func kind(at place: String) -> String {
        switch dialect {
        case .sqlite: "json_type(body, \(place))"
        case .postgres: "jsonb_typeof(body #> \(place))"
        }
    }

    /// SQLite: the value as INTEGER, REAL or TEXT.
    func value(at place: String) -> String { "json_extract(body, \(place))" }

    /// PostgreSQL: the number, NULL when it is none.
    func number(at place: String) -> String {
        "(CASE WHEN \(kind(at: place)) = 'number' THEN (body #>> \(place))::NUMERIC END)"
    }

    /// PostgreSQL: the text, NULL when it is none.
    func text(at place: String) -> String {
        "CASE WHEN \(kind(at: place)) = 'string' THEN body #>> \(place) END"
    }

    /// PostgreSQL: the boolean, NULL when it is none.
    func boolean(at place: String) -> String {
        "(CASE WHEN \(kind(at: place)) = 'boolean' THEN (body #>> \(place))::BOOLEAN END)"
    }

    /// PostgreSQL: at most 800 bytes of a text.
    func beginning(of text: String) -> String { "left(\(text), 200) COLLATE \"C\"" }
}
