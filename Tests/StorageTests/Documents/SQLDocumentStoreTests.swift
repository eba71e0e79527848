import AIBoxAPI
import Foundation
import Testing

@testable import Storage

@Suite struct SQLDocumentStoreTests {
    /// Runs `body` on an SQLite database that has the table.
    func withSQLite(_ body: (SQLiteDatabase) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "documents-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = try SQLiteDatabase(.init(path: folder.appending(path: "documents.sqlite").path))
        try await Self.makeTable(in: database)
        do {
            try await body(database)
            await database.close()
        } catch {
            await database.close()
            throw error
        }
    }

    static func makeTable(in database: any SQLDatabase) async throws {
        try await database.write { try Migration(1, "documents", [SQLDocumentStore.table]).apply($0) }
    }

    @Test func itHoldsTheContractOnSQLite() async throws {
        try await withSQLite { try await DocumentStoreContract(SQLDocumentStore(database: $0)).holds() }
    }

    @Test func anIndexServesItsPathOnSQLite() async throws {
        try await withSQLite { database in
            let store = SQLDocumentStore(database: database)
            let (collection, path) = try (DocumentCollection("inferences"), DocumentPath("camera.id"))
            try await store.ensureIndex(on: path, in: collection)
            let sql = DocumentSQL(dialect: .sqlite, indexed: [path])
            let filter = try DocumentFilter([(path, .oneOf([.string("door"), .integer(7), .bool(true)]))])
            for after in [nil, UUIDv7().sqlValue] {
                let statements = sql.find(filter, in: collection, after: after, limit: 10)
                #expect(statements.count == 4)
                for find in statements {
                    let plan = try await database.read {
                        try $0.rows("EXPLAIN QUERY PLAN " + find.text, find.arguments)
                    }
                    let details = try plan.map { try $0.get("detail", as: String.self) }.joined(separator: "; ")
                    // Found by kind and value, in the order of identifiers: no sorting, no row read for nothing.
                    let places = "(<expr>=? AND <expr>=?\(after == nil ? "" : " AND id<?"))"
                    #expect(details.contains("INDEX documents_by_") && details.hasSuffix(places), "\(details)")
                }
            }
        }
    }

    @Test func aRowThatIsNoDocumentIsDamage() async throws {
        try await withSQLite { database in
            let store = SQLDocumentStore(database: database)
            let collection = try DocumentCollection("inferences")
            for body in ["[1]", "{", #"{"$set":1}"#] {
                let id = UUIDv7()
                try await database.write {
                    try $0.execute(
                        "INSERT INTO documents (collection, id, body) VALUES (?, ?, ?)", [collection.name, id, body])
                }
                let error = await #expect(throws: StorageError.self) { try await store.get([id], in: collection) }
                #expect(error?.code == .damaged)
            }
        }
    }
}
