import TestSupport
import Testing

@testable import Storage

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.absence)"))
struct PostgresDatabaseTests {
    @Test(arguments: SQLDatabaseContract.allCases)
    func itKeepsTheContract(_ rule: SQLDatabaseContract) async throws {
        try await withPostgres { try await rule.verify($0) }
    }

    @Test func aClosedDatabaseRefusesEverything() async throws {
        try await withPostgres { try await SQLDatabaseContract.verifyClosing($0) }
    }

    @Test func twoProcessesCountingLoseNoUpdate() async throws {
        let configuration = PostgresDatabase.Configuration(url: try TestPostgres.shared().newDatabase())
        let first = try await PostgresDatabase.open(configuration)
        let second = try await PostgresDatabase.open(configuration)
        try await SQLDatabaseContract.readingBeforeWritingLosesNoUpdate.verifyCounter(first, from: [first, second])
        await first.close()
        await second.close()
    }
}
