import AIBoxAPI
import Foundation
import Synchronization

/// Documents in a table of the relational database, which the caller closes.
public final class SQLDocumentStore: DocumentStore {
    /// Makes the table, as a step of a migration. The database has it before a store is used.
    public static let table = DocumentSQL.table

    private let database: any SQLDatabase
    private let indexed = Mutex<[DocumentCollection: Set<DocumentPath>]>([:])

    public init(database: any SQLDatabase) { self.database = database }

    public func put(_ document: Document, id: UUIDv7, in collection: DocumentCollection) async throws {
        try await database.write { try self.put(document, id: id, in: collection, $0) }
    }

    /// As the other, in the transaction of `session`.
    public func put(
        _ document: Document, id: UUIDv7, in collection: DocumentCollection, _ session: any SQLSession
    ) throws(StorageError) {
        let statement = sql(for: collection).put(document, id: id.sqlValue, in: collection)
        try session.execute(statement.text, statement.arguments)
    }

    public func get(_ ids: [UUIDv7], in collection: DocumentCollection) async throws -> [UUIDv7: Document] {
        try DocumentLimits.check(identifiers: ids)
        let statements = sql(for: collection).get(ids.map(\.sqlValue), in: collection)
        if statements.isEmpty { return [:] }
        let rows = try await database.read { session in
            try statements.flatMap { try session.rows($0.text, $0.arguments) }
        }
        let found = try rows.map { try StoredDocument(row: $0) }
        return Dictionary(found.map { ($0.id, $0.document) }, uniquingKeysWith: { first, _ in first })
    }

    public func delete(_ ids: [UUIDv7], in collection: DocumentCollection) async throws {
        if ids.isEmpty { return }
        try await database.write { try self.delete(ids, in: collection, $0) }
    }

    /// As above, in a transaction of the caller's.
    public func delete(_ ids: [UUIDv7], in collection: DocumentCollection, _ session: any SQLSession) throws {
        try DocumentLimits.check(identifiers: ids)
        for statement in sql(for: collection).delete(ids.map(\.sqlValue), in: collection) {
            try session.execute(statement.text, statement.arguments)
        }
    }

    public func find(
        _ filter: DocumentFilter, in collection: DocumentCollection, after id: UUIDv7?, limit: Int
    ) async throws -> [UUIDv7] {
        try DocumentLimits.check(limit: limit)
        let statements = sql(for: collection).find(filter, in: collection, after: id?.sqlValue, limit: limit)
        let found = try await identifiers(statements)
        return statements.count == 1 ? found : Array(Set(found).sorted(by: >).prefix(limit))
    }

    public func matches(
        of filter: DocumentFilter, among ids: [UUIDv7], in collection: DocumentCollection
    ) async throws -> Set<UUIDv7> {
        try DocumentLimits.check(identifiers: ids, limit: DocumentLimits.page)
        return Set(
            try await identifiers(sql(for: collection).matches(of: filter, among: ids.map(\.sqlValue), in: collection)))
    }

    private func identifiers(_ statements: [DocumentSQL.Statement]) async throws -> [UUIDv7] {
        if statements.isEmpty { return [] }
        return try await database.read { session in
            if session.dialect == .postgres, statements.contains(where: \.isInOrder) {
                try session.execute(DocumentSQL.ordered)
            }
            return try statements.flatMap { try session.values($0.text, $0.arguments, as: UUIDv7.self) }
        }
    }

    /// Nothing else is written meanwhile: on a large table this takes minutes.
    public func ensureIndex(on path: DocumentPath, in collection: DocumentCollection) async throws {
        let statements = sql(for: collection).makeIndexes(on: path, in: collection)
        try await database.write { session in
            if session.dialect == .postgres { try session.execute("SET LOCAL statement_timeout = 0") }
            for statement in statements { try session.execute(statement) }
        }
        indexed.withLock { _ = $0[collection, default: []].insert(path) }
    }

    private func sql(for collection: DocumentCollection) -> DocumentSQL {
        DocumentSQL(dialect: database.dialect, indexed: indexed.withLock { $0[collection] ?? [] })
    }
}

extension StoredDocument {
    /// - Throws: `StorageError` `.damaged` when the row holds no document.
    fileprivate init(row: SQLRow) throws(StorageError) {
        let id = try row.get("id", as: UUIDv7.self)
        let json = Data(try row.get("body", as: String.self).utf8)
        // PostgreSQL writes some numbers longer than they were put in: no limit on the text.
        guard let members = try? JSONDecoder().decode([String: JSONValue].self, from: json) else {
            throw StorageError(.damaged, "the stored document \(id) is no JSON object")
        }
        try self.init(id: id, stored: members)
    }

    /// - Throws: `StorageError` `.damaged` when the members are none that a store has taken.
    init(id: UUIDv7, stored members: [String: JSONValue]) throws(StorageError) {
        do {
            self.init(id: id, document: try Document(members))
        } catch {
            throw StorageError(.damaged, "the stored document \(id) cannot be read: \(error.message)")
        }
    }
}
