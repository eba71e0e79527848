import Foundation
import TestSupport
import Testing

extension Faults {
    @Suite(
        .enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)),
        .enabled(if: Shims.areBuilt, Comment(rawValue: Shims.absence)), .timeLimit(.minutes(30)))
    struct PowerCutTests {
        @Test func everyAcknowledgedRowAndPictureSurvivesPowerCuts() async throws {
            try await withTemporaryFolder { folder in
                let world = try EmbeddedWorld(folder: folder)
                try await world.withBox { _ in }  // it is there before the power is cut
                try await cutPower(in: world, times: Faults.count(6, full: 50))
            }
        }

        /// Folders, database and pictures have just been made.
        @Test func theFirstRowsOfANewDataFolderSurvive() async throws {
            for _ in 0..<Faults.count(3, full: 20) {
                try await withTemporaryFolder { folder in
                    try await cutPower(in: try EmbeddedWorld(folder: folder), times: 2)
                }
            }
        }

        @Test(.enabled(if: PostgresWorld.isSupported, PostgresWorld.absence))
        func everyAcknowledgedRowSurvivesPowerCutsOfPostgreSQL() async throws {
            try await withTemporaryFolder { folder in
                let world = try await PostgresWorld(folder: folder)
                try await world.withBox { _ in }
                try await cutPower(in: world, times: Faults.count(3, full: 50))
            }
        }

        /// That these tests can fail: the same server over a disk that forgets what it was told to sync.
        @Test func aDiskThatOnlyPretendsToSyncLosesRows() async throws {
            try await withTemporaryFolder { folder in
                let world = try EmbeddedWorld(folder: folder)
                try await world.withBox { _ in }
                let power = try PowerCut(root: world.folder)
                let journal = Journal(seed: 1)
                try await cut(world, power, journal, environment: ["POWERCUT_DEAF": "1"], after: 50)
                try power.restore(.syncedOnly)
                try await world.withBox { box in
                    let comparison = await journal.comparison(with: box.manager)
                    #expect(comparison.lost.count == journal.acknowledgedCount, "\(comparison)")
                }
            }
        }

        /// Every other cut takes all that was not synced; the rest leave a random part of it.
        private func cutPower(in world: some World, times: Int) async throws {
            let journal = Journal(seed: 1)
            let power = try PowerCut(root: world.folder)
            var numbers = SeededNumbers(2)
            var longest = Duration.zero
            for round in 1...times {
                try await cut(world, power, journal, after: .random(in: 1...100, using: &numbers))
                let isExact = !round.isMultiple(of: 2)
                try power.restore(isExact ? .syncedOnly : .randomPart(SeededNumbers(UInt64(round))))
                try await world.withBox { box in
                    longest = max(longest, box.readyAfter)
                    let after = await journal.comparison(with: box.manager, ofNewOnes: true)
                    #expect(after.isWhole, "cut \(round): \(after)")
                    await journal.repeatUnacknowledged(to: box.manager)
                    let repeated = await journal.comparison(with: box.manager, ofNewOnes: round < times)
                    #expect(repeated.isWhole && journal.unacknowledged.isEmpty, "cut \(round): \(repeated)")
                    let status = try await box.stop()
                    #expect(status == 0)
                }
            }
            print(
                "\(type(of: world)): \(times) power cuts, \(journal.acknowledgedCount) acknowledged, ready again in "
                    + "\(longest) at most")
        }

        /// Kills everything at once after some more acknowledgements under load.
        private func cut(
            _ world: some World, _ power: PowerCut, _ journal: Journal, environment: [String: String] = [:],
            after count: Int
        ) async throws {
            let box = try await world.open(power.environment.merging(environment) { $1 })
            let goal = journal.acknowledgedCount + count
            try await box.underLoad(journal) {
                try await wait(for: "acknowledgements") { journal.acknowledgedCount >= goal ? () : nil }
                try await box.child.kill()
                try await world.kill()
            }
        }
    }
}
