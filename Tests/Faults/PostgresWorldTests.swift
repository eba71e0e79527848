import Foundation
import TestSupport
import Testing

extension Faults {
    /// The world of the other tests, without the data manager: what PostgreSQL itself has acknowledged survives.
    @Suite(.enabled(if: PostgresWorld.isInstalled, PostgresWorld.notInstalled), .timeLimit(.minutes(10)))
    struct PostgresWorldTests {
        @Test func whatPostgreSQLAcknowledgedSurvivesKills() async throws {
            try await withTemporaryFolder { folder in
                let world = try await PostgresWorld(folder: folder)
                for round in 1...Faults.count(1, full: 5) {
                    try await breakUnderLoad(world, folder, table: "killed\(round)", environment: [:]) {}
                }
            }
        }

        @Test(.enabled(if: Shims.areBuilt, Comment(rawValue: Shims.absence)))
        func whatPostgreSQLAcknowledgedSurvivesPowerCuts() async throws {
            try await withTemporaryFolder { folder in
                let world = try await PostgresWorld(folder: folder)
                let power = try PowerCut(root: world.folder)
                for round in 1...Faults.count(2, full: 10) {
                    let survival: PowerCut.Survival =
                        round.isMultiple(of: 2) ? .randomPart(SeededNumbers(UInt64(round))) : .syncedOnly
                    try await breakUnderLoad(world, folder, table: "cut\(round)", environment: power.environment) {
                        try power.restore(survival)
                    }
                }
            }
        }

        @Test(.enabled(if: Shims.areBuilt, Comment(rawValue: Shims.absence)))
        func withoutSynchronousCommitAPowerCutLosesRows() async throws {
            try await withTemporaryFolder { folder in
                let world = try await PostgresWorld(folder: folder)
                let power = try PowerCut(root: world.folder)
                let environment = power.environment.merging(["POWERCUT_DEAF": "1"]) { $1 }
                await #expect(throws: LostRows.self) {
                    try await breakUnderLoad(world, folder, table: "lost", environment: environment) {
                        try power.restore(.syncedOnly)
                    }
                }
            }
        }

        private struct LostRows: Error {
            var description: String
        }

        /// Eight sessions insert, each row a transaction of its own; everything is killed; what each was told is there.
        private func breakUnderLoad(
            _ world: PostgresWorld, _ folder: URL, table: String, environment: [String: String],
            _ damage: () throws -> Void
        ) async throws {
            try await world.start([:])
            try await world.query("CREATE TABLE \(table) (writer int, number int)")
            try await world.kill()
            try await world.start(environment)
            var writers: [Child] = []
            for writer in 0..<Faults.writers { writers.append(try startWriter(writer, world, folder, table)) }
            do {
                try await wait(for: "acknowledgements") {
                    writers.map(acknowledged).reduce(0, +) >= 500 ? () : nil
                }
                try await world.kill()
                for writer in writers { try await writer.end() }
                try damage()
                try await world.start([:])
                let rows = try await rows(world, table)
                try await world.kill()
                for (writer, child) in writers.enumerated() {
                    let numbers = rows[writer] ?? []
                    guard Set(0..<acknowledged(child)).isSubset(of: numbers) else {
                        throw LostRows(
                            description: "\(table): \(acknowledged(child)) of \(writer), \(numbers.count) there")
                    }
                }
            } catch {
                for writer in writers where writer.isRunning { try await writer.kill() }
                try await world.kill()
                throw error
            }
        }

        private func startWriter(_ writer: Int, _ world: PostgresWorld, _ folder: URL, _ table: String) throws -> Child
        {
            let script = folder.appending(path: "\(table)-\(writer).sql")
            let lines = (0..<20_000).map { "INSERT INTO \(table) VALUES (\(writer), \($0));" }
            try Data(lines.joined(separator: "\n").utf8).write(to: script)
            return try world.startClient(["-f", script.path], in: folder)
        }

        /// Rows that the session was told to be stored.
        private func acknowledged(_ writer: Child) -> Int {
            writer.output.split(separator: "\n").count { $0 == "INSERT 0 1" }
        }

        private func rows(_ world: PostgresWorld, _ table: String) async throws -> [Int: Set<Int>] {
            var rows: [Int: Set<Int>] = [:]
            for line in try await world.query("SELECT writer, number FROM \(table)").split(separator: "\n") {
                let parts = line.split(separator: "|").compactMap { Int($0) }
                guard parts.count == 2 else { throw Failure("not two numbers: \(line)") }
                let isNew = rows[parts[0], default: []].insert(parts[1]).inserted
                #expect(isNew, "\(line) twice")
            }
            return rows
        }
    }
}
