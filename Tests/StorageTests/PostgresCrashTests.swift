import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// The server dies under load: what was answered as stored is there, what was refused is not.
@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.absence)"))
struct PostgresCrashTests {
    /// What writers were told.
    private struct Journal {
        var stored: Set<Int> = []
        var refused: [Int: StorageError.Code] = [:]
    }

    private final class Load: Sendable {
        let journal = Mutex(Journal())
        let isOver = Atomic<Bool>(false)

        var storedCount: Int { journal.withLock(\.stored.count) }
    }

    private static let writers = 8

    /// Has writers insert numbers one after the other until `harm` has returned and some more are stored.
    private func journal(
        of database: PostgresDatabase, during harm: @escaping @Sendable (_ storedCount: () -> Int) throws -> Void
    ) async throws -> Journal {
        let load = Load()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<Self.writers {
                group.addTask { await Self.insert(from: writer, into: database, load) }
            }
            group.addTask {
                try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                    DispatchQueue.global().async {
                        defer { load.isOver.store(true, ordering: .relaxed) }
                        continuation.resume(with: Result { try harm { load.storedCount } })
                    }
                }
            }
            try await group.waitForAll()
        }
        return load.journal.withLock { $0 }
    }

    private static func insert(from first: Int, into database: PostgresDatabase, _ load: Load) async {
        var number = first
        while !load.isOver.load(ordering: .relaxed) {
            let current = number
            do {
                try await database.write { try $0.execute("INSERT INTO rows VALUES (?)", [current]) }
                load.journal.withLock { _ = $0.stored.insert(current) }
            } catch {
                let code = (error as? StorageError)?.code ?? .statement
                load.journal.withLock { $0.refused[current] = code }
            }
            number += writers
        }
    }

    private func verify(_ journal: Journal, _ server: TestPostgres) throws {
        let rows = try server.psql("SELECT n FROM rows ORDER BY n").split(separator: "\n").compactMap { Int($0) }
        let found = Set(rows)
        #expect(rows.count == found.count)
        #expect(journal.stored.subtracting(found).isEmpty, "answered as stored and lost")
        let codes = Set(journal.refused.values)
        #expect(codes.isSubset(of: [.unavailable, .outcomeUnknown]), "\(codes)")
        let unstored = Set(journal.refused.filter { $0.value == .unavailable }.keys)
        #expect(unstored.isDisjoint(with: found), "answered as not stored and found")
    }

    private func withServer(_ body: (TestPostgres, PostgresDatabase) async throws -> Void) async throws {
        let server = try TestPostgres()
        defer { server.remove() }
        try server.psql("CREATE TABLE rows (n BIGINT PRIMARY KEY)")
        try await withDatabase(PostgresDatabase.Configuration(url: server.url())) { try await body(server, $0) }
    }

    private static func awaitMore(_ storedCount: () -> Int) {
        let goal = storedCount() + 100
        while storedCount() < goal { sched_yield() }
    }

    @Test func anEndedSessionCostsNoWrite() async throws {
        try await withServer { server, database in
            let journal = try await journal(of: database) { storedCount in
                for _ in 0..<5 {
                    Self.awaitMore(storedCount)
                    let sessions = "FROM pg_stat_activity WHERE application_name = 'aibox'"
                    try server.psql("SELECT pg_terminate_backend(pid) \(sessions)")
                }
                Self.awaitMore(storedCount)
            }
            try verify(journal, server)
            // The server lived on: it knows what became of each, but for one whose number never arrived.
            #expect(journal.refused.count <= 5 * Self.writers)
        }
    }

    @Test func aKilledBackendLosesNothingThatWasAnswered() async throws {
        try await withServer { server, database in
            let journal = try await journal(of: database) { storedCount in
                for _ in 0..<2 {
                    Self.awaitMore(storedCount)
                    let pid = try server.psql(
                        "SELECT pid FROM pg_stat_activity WHERE application_name = 'aibox' LIMIT 1")
                    if let pid = Int32(pid) { kill(pid, SIGKILL) }
                }
                Self.awaitMore(storedCount)
            }
            try verify(journal, server)
            try await #require(database.answers())
        }
    }

    @Test func aKilledServerLosesNothingThatWasAnswered() async throws {
        try await withServer { server, database in
            let journal = try await journal(of: database) { storedCount in
                for _ in 0..<2 {
                    Self.awaitMore(storedCount)
                    server.signal(SIGKILL)
                    try server.start()
                }
                Self.awaitMore(storedCount)
            }
            try verify(journal, server)
            try await #require(database.answers())
        }
    }

    @Test func aRestartBetweenWritesAndReadsIsNotNoticed() async throws {
        try await withServer { server, database in
            for number in 0..<3 {
                try await database.write { try $0.execute("INSERT INTO rows VALUES (?)", [number]) }
                #expect(try await SQLDatabaseContract.count("rows", in: database) == number + 1)
                server.stop()
                try server.start()
            }
            #expect(try await SQLDatabaseContract.count("rows", in: database) == 3)
        }
    }

    @Test func aServerThatStaysAwayIsUnavailable() async throws {
        let server = try TestPostgres()
        defer { server.remove() }
        var configuration = PostgresDatabase.Configuration(url: server.url())
        configuration.reconnectTimeout = .milliseconds(300)
        try await withDatabase(configuration) { database in
            server.signal(SIGQUIT)
            await expect(.unavailable) { try await database.write { try $0.execute("SELECT 1") } }
            await expect(.unavailable) { _ = try await database.read { try $0.rows("SELECT 1") } }
            let failure = await database.failure()
            #expect(failure?.code == .unavailable)
            try server.start()
            try await #require(database.answers())
            #expect(await database.failure() == nil)
        }
    }
}
