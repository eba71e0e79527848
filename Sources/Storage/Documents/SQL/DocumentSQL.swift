import Crypto
import Foundation

/// SQL about documents. Pure.
///
/// Nothing of a request enters a text: values are arguments, and so is a path, unless the program itself has named it
/// for an index. The names of collections are the program's too. So the texts, and the statements prepared from them,
/// stay few.
///
/// A condition compares one kind of value, and both databases compare alike: numbers exactly, whether whole or not
/// (SQLite's INTEGER and REAL, PostgreSQL's NUMERIC), texts byte by byte.
struct DocumentSQL: Sendable {
    let dialect: SQLDialect
    /// Paths that `ensureIndex` has named, which stand in the text so that the index serves.
    let indexed: Set<DocumentPath>

    struct Statement: Equatable, Sendable {
        var text: String
        var arguments: [SQLValue]
        /// Whether its rows have to come in the order of an index, so that no more are read than are asked for.
        var isInOrder = false
    }

    /// Before statements that are in order, in their transaction: PostgreSQL would rather gather and sort all that an
    /// index has when it takes them for few.
    static let ordered = "SET LOCAL enable_sort = off"

    static let table = Migration.Step.both(
        """
        CREATE TABLE documents (
            collection TEXT NOT NULL,
            id ID NOT NULL,
            body JSON NOT NULL,
            PRIMARY KEY (collection, id)
        ) STRICT
        """)

    func put(_ document: Document, id: SQLValue, in collection: DocumentCollection) -> Statement {
        Statement(
            text: """
                INSERT INTO documents (collection, id, body) VALUES ('\(collection.name)', ?, \(json("?")))
                ON CONFLICT (collection, id) DO UPDATE SET body = excluded.body
                """,
            arguments: [id, .text(document.json)])
    }

    /// For the same text whatever their number, a chunk is filled up with its last identifier.
    func get(_ ids: [SQLValue], in collection: DocumentCollection) -> [Statement] {
        chunks(of: ids).map { ids in
            Statement(text: select + matching(ids, in: collection), arguments: ids)
        }
    }

    func delete(_ ids: [SQLValue], in collection: DocumentCollection) -> [Statement] {
        chunks(of: ids).map { ids in
            Statement(text: "DELETE FROM documents" + matching(ids, in: collection), arguments: ids)
        }
    }

    func makeIndexes(on path: DocumentPath, in collection: DocumentCollection) -> [String] {
        let name = indexName(of: path, in: collection)
        return indexedExpressions(literal(path)).map { suffix, expression in
            """
            CREATE INDEX IF NOT EXISTS \(name)\(suffix) ON documents (\(expression), id)
            WHERE collection = '\(collection.name)'
            """
        }
    }

    /// Indexes are of one collection; names are a hash, for a path is longer than a name may be in PostgreSQL.
    func indexName(of path: DocumentPath, in collection: DocumentCollection) -> String {
        let digest = SHA256.hash(data: Data("\(collection) \(path)".utf8)).prefix(8)
        return "documents_by_" + digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private var select: String {
        switch dialect {
        case .sqlite: "SELECT id, body FROM documents"
        case .postgres: "SELECT id, body::TEXT AS body FROM documents"
        }
    }

    private func json(_ expression: String) -> String { dialect == .postgres ? expression + "::JSONB" : expression }

    func matching(_ ids: [SQLValue], in collection: DocumentCollection) -> String {
        " WHERE collection = '\(collection.name)' AND id IN ("
            + Array(repeating: "?", count: ids.count).joined(separator: ", ") + ")"
    }

    /// In pieces of 1, 10 or 100.
    func chunks(of ids: [SQLValue]) -> [[SQLValue]] {
        guard let last = ids.last else { return [] }
        let size = [1, 10].first { ids.count <= $0 } ?? 100
        return stride(from: 0, to: ids.count, by: size).map { start in
            let chunk = ids[start..<min(start + size, ids.count)]
            return chunk + Array(repeating: last, count: size - chunk.count)
        }
    }
}
