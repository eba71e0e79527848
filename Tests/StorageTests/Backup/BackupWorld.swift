import AIBoxAPI
import Foundation
import Synchronization
import TestSupport

@testable import Storage

/// A database, and a folder for backups of it.
struct BackupWorld: Sendable {
    let database: any SQLDatabase
    let url: String?
    let folder: String

    var file: BackupFile { BackupFile(folder + "/backup") }

    /// What lies in the folder of the backups.
    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } }

    func define() async throws {
        let table = Migration(
            1, "t", [.both("CREATE TABLE t (a INTEGER NOT NULL PRIMARY KEY, b TEXT NOT NULL) STRICT")])
        _ = try await Schema([table]).migrate(database)
    }

    /// Adds `count` rows of a kilobyte each that do not compress.
    func fill(_ count: Int) async throws {
        try await database.write { db in
            var numbers = SystemRandomNumberGenerator()
            for number in 0..<count {
                let text = (0..<64).map { _ in String(numbers.next(), radix: 16) }.joined()
                try db.execute("INSERT INTO t VALUES (?, ?)", [1_000_000 + number, text])
            }
        }
    }

    @discardableResult
    func backUp(
        _ progress: @escaping @Sendable (Int64, Int64?) -> Void = { _, _ in }
    ) async throws -> DatabaseBackup {
        let draft = DatabaseBackup(
            id: UUIDv7(), file: file.name, form: database.dialect == .sqlite ? .sqlite : .postgres, createdAt: .now,
            bytes: 0, sha256: "", schema: "0001-t")
        return try await database.backUp(to: file, as: draft, progress)
    }

    /// Eight writers of one number after the other while `body` runs.
    func underLoad(_ journal: AcknowledgedNumbers, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    while !Task.isCancelled {
                        let number = journal.next()
                        try await database.write { try $0.execute("INSERT INTO t VALUES (?, 'x')", [number]) }
                        journal.acknowledge(number)
                    }
                }
            }
            try await body()
            group.cancelAll()
        }
    }

    /// Restores the backup into a new place and reads there.
    func restored<Value: Sendable>(
        _ read: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        switch database.dialect {
        case .sqlite:
            let path = NSTemporaryDirectory() + "/aibox-restored-\(UUID().uuidString).sqlite"
            defer { removeDatabase(path) }
            try await file.restore(toSQLite: path)
            let restored = try SQLiteDatabase(.init(path: path))
            return try await check(restored, read)
        case .postgres:
            let url = try TestPostgres.shared().newDatabase()
            _ = try await file.verify()
            try await file.restore(toPostgres: url)
            return try await check(try await PostgresDatabase.open(.init(url: url)), read)
        }
    }

    func restoreOverSource() async throws {
        if let url {
            try await file.restore(toPostgres: url)
        } else if let database = database as? SQLiteDatabase {
            try await file.restore(toSQLite: database.path)
        }
    }

    private func check<Value: Sendable>(
        _ database: any SQLDatabase, _ read: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        let findings = try await database.check(limit: 10)
        let value = try await database.read(read)
        await database.close()
        guard findings.isEmpty else { throw Failure("restored, and damaged: \(findings)") }
        return value
    }
}

/// Numbers that a database was given, and those of them that it said are stored.
final class AcknowledgedNumbers: Sendable {
    private let state = Mutex((next: 0, acknowledged: [Int]()))

    func next() -> Int {
        state.withLock { state in
            state.next += 1
            return state.next
        }
    }

    func acknowledge(_ number: Int) { state.withLock { $0.acknowledged.append(number) } }

    var all: [Int] { state.withLock { $0.acknowledged } }
    var count: Int { all.count }
}

/// - Parameter place: where the folder of the backups is made; `nil`: a temporary one.
func withBackupWorld(
    _ dialect: SQLDialect, in place: String? = nil, _ body: (BackupWorld) async throws -> Void
) async throws {
    let folder = place ?? NSTemporaryDirectory() + "/aibox-backups-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { if place == nil { try? FileManager.default.removeItem(atPath: folder) } }
    switch dialect {
    case .sqlite:
        let path = NSTemporaryDirectory() + "/aibox-\(UUID().uuidString).sqlite"
        defer { removeDatabase(path) }
        let database = try SQLiteDatabase(.init(path: path))
        try await body(BackupWorld(database: database, url: nil, folder: folder))
        await database.close()
    case .postgres:
        let url = try TestPostgres.shared().newDatabase()
        let database = try await PostgresDatabase.open(.init(url: url))
        try await body(BackupWorld(database: database, url: url, folder: folder))
        await database.close()
    }
}
