import AIBoxAPI
import Testing

@testable import Storage

@Suite struct DocumentSQLTests {
    let inferences: DocumentCollection
    let path: DocumentPath

    init() throws {
        inferences = try DocumentCollection("inferences")
        path = try DocumentPath("a.b-c")
    }

    func condition(_ test: DocumentFilter.Test, _ dialect: SQLDialect, indexed: Bool = false) throws
        -> DocumentSQL.Statement
    {
        try DocumentSQL(dialect: dialect, indexed: indexed ? [path] : [])
            .condition(DocumentFilter([(path, test)]).conditions[0])
    }

    @Test func aPathOfARequestIsAnArgument() throws {
        let tests: [DocumentFilter.Test] = [
            .exists, .compare(.equal, .null), .compare(.equal, .bool(true)), .compare(.less, .integer(1)),
            .compare(.atLeast, .number(0.5)), .compare(.equal, .string("x' OR 1 --")),
        ]
        for dialect in SQLDialect.allCases {
            for test in tests {
                let statement = try condition(test, dialect)
                #expect(!statement.text.contains("b-c") && !statement.text.contains("OR 1"))
                #expect(statement.text.filter { $0 == "?" }.count == statement.arguments.count)
                #expect(statement.arguments.first == .text(dialect == .sqlite ? #"$."a"."b-c""# : #"{"a","b-c"}"#))
            }
        }
    }

    @Test func aPathOfAnIndexStandsInTheTextAsInTheIndex() throws {
        let sql = DocumentSQL(dialect: .sqlite, indexed: [path])
        let index = sql.makeIndexes(on: path, in: inferences)
        #expect(index.count == 1)
        let place = #"'$."a"."b-c"'"#
        #expect(index[0].contains("ON documents (json_type(body, \(place)), json_extract(body, \(place)), id)"))
        #expect(index[0].hasSuffix("WHERE collection = 'inferences'"))
        let number = try condition(.compare(.atLeast, .number(0.5)), .sqlite, indexed: true)
        #expect(
            number.text == """
                json_type(body, '$."a"."b-c"') IN ('integer', 'real') \
                AND json_extract(body, '$."a"."b-c"') >= json_extract(?, '$')
                """)
        #expect(number.arguments == [.text("0.5")])
    }

    @Test func postgresHasAnIndexForNumbersOneForTheBeginningsOfTextsAndOneForBooleans() throws {
        let sql = DocumentSQL(dialect: .postgres, indexed: [path])
        let indexes = sql.makeIndexes(on: path, in: inferences)
        #expect(indexes.count == 3)
        let number = try condition(.compare(.less, .integer(7)), .postgres, indexed: true)
        let text = try condition(.compare(.less, .string("x")), .postgres, indexed: true)
        let flag = sql.find(
            try DocumentFilter([(path, .compare(.equal, .bool(true)))]), in: inferences, after: nil, limit: 1)[0]
        for (index, query) in zip(indexes, [number.text, text.text, flag.text]) {
            let expression = try #require(index.firstMatch(of: /\((\(.*\)), id\)/)).1
            // A text's stands in brackets of its own in the index.
            #expect(query.contains(expression) || query.contains(expression.dropFirst().dropLast()))
        }
        #expect(number.arguments == [.text("7")])
        #expect(text.arguments == [.text("x"), .text("x")])
        #expect(
            text.text.contains(#"COLLATE "C" <= left(?::TEXT, 200)"#) && text.text.hasSuffix(#"COLLATE "C" < ?::TEXT"#))
    }

    @Test func namesOfIndexesDifferAndFitPostgres() throws {
        let sql = DocumentSQL(dialect: .postgres, indexed: [])
        let other = try DocumentCollection("others")
        let long = try DocumentPath(
            Array(repeating: String(repeating: "n", count: 64), count: 8).joined(separator: "."))
        let statements = try [path, long, DocumentPath("a")].flatMap { path in
            [inferences, other].flatMap { sql.makeIndexes(on: path, in: $0) }
        }
        let names = statements.compactMap { $0.firstMatch(of: /EXISTS (\w+) ON/)?.1 }
        #expect(Set(names).count == 18)
        #expect(names.allSatisfy { $0.utf8.count <= 63 })
    }

    @Test func theSameConditionsInAnotherOrderAreTheSameText() throws {
        let other = try DocumentPath("z")
        let first = try DocumentFilter([(path, .exists), (other, .compare(.equal, .integer(1)))])
        let second = try DocumentFilter([(other, .compare(.equal, .integer(2))), (path, .exists)])
        for dialect in SQLDialect.allCases {
            let sql = DocumentSQL(dialect: dialect, indexed: [])
            #expect(
                sql.find(first, in: inferences, after: nil, limit: 3).map(\.text)
                    == sql.find(second, in: inferences, after: nil, limit: 9).map(\.text))
        }
    }

    @Test func identifiersAreAskedForInFewSizes() {
        let sql = DocumentSQL(dialect: .sqlite, indexed: [])
        let sizes = [0: [], 1: [1], 2: [10], 10: [10], 11: [100], 200: [100, 100]]
        for (count, expected) in sizes {
            let ids = (0..<count).map { _ in UUIDv7().sqlValue }
            let statements = sql.get(ids, in: inferences)
            #expect(statements.map(\.arguments.count) == expected)
            #expect(Set(statements.flatMap(\.arguments)) == Set(ids))
        }
    }

    @Test func theTableIsWrittenForBothDatabases() {
        let sqlite = DocumentSQL.table.statements(for: .sqlite)[0]
        let postgres = DocumentSQL.table.statements(for: .postgres)[0]
        #expect(sqlite.contains("id BLOB NOT NULL") && sqlite.contains("body TEXT NOT NULL"))
        #expect(postgres.contains("id UUID NOT NULL") && postgres.contains("body JSONB NOT NULL"))
    }
}
