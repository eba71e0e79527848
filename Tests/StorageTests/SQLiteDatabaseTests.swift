import Foundation
import Testing

@testable import Storage

@Suite struct SQLiteDatabaseTests {
    @Test(arguments: SQLDatabaseContract.allCases)
    func itKeepsTheContract(_ rule: SQLDatabaseContract) async throws {
        try await withSQLite { try await rule.verify($0) }
    }

    @Test func aClosedDatabaseRefusesEverything() async throws {
        try await withSQLite { try await SQLDatabaseContract.verifyClosing($0) }
    }

    @Test func aDamagedPageIsReportedByTheCheck() async throws {
        let path = NSTemporaryDirectory() + "/aibox-\(UUID().uuidString).sqlite"
        defer { removeDatabase(path) }
        let first = try SQLiteDatabase(.init(path: path))
        try await SQLDatabaseContract.define("CREATE TABLE t (a TEXT NOT NULL) STRICT", in: first)
        try await first.write { db in
            for number in 0..<500 { try db.execute("INSERT INTO t VALUES (?)", ["row \(number) of many"]) }
        }
        #expect(try await first.check(limit: 10).isEmpty)
        await first.close()
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: 2 * 4096)
        try file.write(contentsOf: Data(repeating: 0xA5, count: 64))
        try file.close()
        let second = try SQLiteDatabase(.init(path: path))
        let lines = try? await second.check(limit: 10)
        #expect(lines?.isEmpty != true)
        await second.close()
    }
}

/// A database in a file of its own, removed afterwards.
func withSQLite(_ body: (SQLiteDatabase) async throws -> Void) async throws {
    let path = NSTemporaryDirectory() + "/aibox-\(UUID().uuidString).sqlite"
    defer { removeDatabase(path) }
    let database = try SQLiteDatabase(.init(path: path))
    try await body(database)
    await database.close()
}

func removeDatabase(_ path: String) {
    for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
}
