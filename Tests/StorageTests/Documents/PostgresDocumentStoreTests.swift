import AIBoxAPI
import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.absence)"))
struct PostgresDocumentStoreTests {
    /// Runs `body` on a database whose own order of texts is that of a language, not of bytes.
    func withTable(_ body: (PostgresDatabase) async throws -> Void) async throws {
        let server = try TestPostgres.shared()
        let name = "documents_" + UUID().uuidString.lowercased().replacing("-", with: "")
        try server.psql(
            "CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
        try await withPostgres({ $0.url = server.url(name) }) { database in
            try await SQLDocumentStoreTests.makeTable(in: database)
            try await body(database)
        }
    }

    @Test func itHoldsTheContractOnPostgreSQL() async throws {
        try await withTable { try await DocumentStoreContract(SQLDocumentStore(database: $0)).holds() }
    }

    @Test func anIndexServesItsPathOnPostgreSQL() async throws {
        try await withTable { database in
            let store = SQLDocumentStore(database: database)
            let (collection, path) = try (DocumentCollection("inferences"), DocumentPath("camera.id"))
            try await store.ensureIndex(on: path, in: collection)
            let sql = DocumentSQL(dialect: .postgres, indexed: [path])
            let table: [(DocumentFilter.Test, String)] = [
                (.compare(.equal, .string("door")), "_text"), (.compare(.less, .string("door")), "_text"),
                (.compare(.equal, .integer(7)), "_number"), (.compare(.atLeast, .number(0.5)), "_number"),
                (.compare(.equal, .bool(true)), "_boolean"),
            ]
            for (test, suffix) in table {
                let find = try sql.find(DocumentFilter([(path, test)]), in: collection, after: nil, limit: 10)[0]
                let plan = try await database.read { session in
                    // The table is empty: reading it whole would be quicker.
                    try session.execute("SET LOCAL enable_seqscan = off")
                    try session.execute("SET LOCAL enable_bitmapscan = off")
                    return try session.rows("EXPLAIN " + find.text, find.arguments)
                }
                let text = try plan.map { try $0.get("QUERY PLAN", as: String.self) }.joined(separator: "; ")
                if test.equals != nil { #expect(!text.contains("Sort"), "\(text)") }
                let pattern = try Regex("Index Scan[^;]* using documents_by_[0-9a-f]+\(suffix) .*Index Cond: ")
                #expect(text.contains(pattern), "\(text)")
            }
        }
    }

    /// Without statistics the server takes a value that no row has for one that many have.
    @Test func aRareValueIsFoundByItsIndexWithoutStatisticsOnPostgreSQL() async throws {
        try await withTable { database in
            let store = SQLDocumentStore(database: database)
            let (collection, path) = try (DocumentCollection("inferences"), DocumentPath("site"))
            try await store.ensureIndex(on: path, in: collection)
            try await database.write { session in
                try session.copy(
                    (0..<20_000).map {
                        [.text("inferences"), UUIDv7().sqlValue, .text(#"{"site":"gate-\#($0 % 2)"}"#)]
                    },
                    into: "documents", columns: ["collection", "id", "body"])
            }
            let sql = DocumentSQL(dialect: .postgres, indexed: [path])
            for isAnalysed in [false, true] {
                if isAnalysed { try await database.write { try $0.execute("ANALYZE documents") } }
                for value in ["gate-1", "absent"] {
                    let filter = try DocumentFilter([(path, .compare(.equal, .string(value)))])
                    let find = sql.find(filter, in: collection, after: nil, limit: 10)[0]
                    #expect(find.isInOrder)
                    let plan = try await database.read { session in
                        try session.execute(DocumentSQL.ordered)
                        return try session.rows("EXPLAIN " + find.text, find.arguments)
                    }
                    let text = try plan.map { try $0.get("QUERY PLAN", as: String.self) }.joined(separator: "; ")
                    // One index is read in its order: no other one, no gathering, no sorting.
                    #expect(text.contains("Index Scan Backward using documents_by_"), "\(text)")
                    #expect(!text.contains("Sort ") && !text.contains("Bitmap"), "\(text)")
                }
            }
        }
    }
}
