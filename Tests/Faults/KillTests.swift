import Foundation
import TestSupport
import Testing

extension Faults {
    @Suite(.enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)), .timeLimit(.minutes(20)))
    struct KillTests {
        @Test func everyAcknowledgedRowAndPictureSurvivesKillsUnderLoad() async throws {
            try await withTemporaryFolder { folder in
                try await kill(try EmbeddedWorld(folder: folder), times: Faults.count(3, full: 20))
            }
        }

        @Test(.enabled(if: PostgresWorld.isSupported, PostgresWorld.absence))
        func everyAcknowledgedRowSurvivesKillsOfPostgreSQL() async throws {
            try await withTemporaryFolder { folder in
                try await kill(try await PostgresWorld(folder: folder), times: Faults.count(3, full: 20))
            }
        }

        /// PostgreSQL alone dies and comes back; the data manager goes on by itself.
        @Test(.enabled(if: PostgresWorld.isSupported, PostgresWorld.absence))
        func theDataManagerOutlivesKillsOfPostgreSQL() async throws {
            try await withTemporaryFolder { folder in
                let world = try await PostgresWorld(folder: folder)
                let journal = Journal(seed: 4)
                try await world.withBox { box in
                    let times = Faults.count(3, full: 20)
                    for round in 1...times {
                        let goal = journal.acknowledgedCount + 50
                        try await box.underLoad(journal) {
                            try await wait(for: "acknowledgements") { journal.acknowledgedCount >= goal ? () : nil }
                            try await world.kill()
                            try await world.start([:])
                            let before = journal.acknowledgedCount
                            try await wait(for: "an acknowledgement", within: Faults.recovery) {
                                journal.acknowledgedCount > before ? () : nil
                            }
                        }
                        let comparison = await journal.comparison(with: box.manager, ofNewOnes: round < times)
                        #expect(comparison.isWhole, "\(comparison)")
                    }
                    #expect(
                        journal.refusedStatuses.isSubset(of: [503])
                            && journal.refusals.allSatisfy { $0.retryAfter != nil })
                }
            }
        }

        private func kill(_ world: some World, times: Int) async throws {
            let journal = Journal(seed: 3)
            var numbers = SeededNumbers(5)
            var longest = Duration.zero
            for round in 1...times {
                let box = try await world.open()
                let goal = journal.acknowledgedCount + .random(in: 1...300, using: &numbers)
                try await box.underLoad(journal) {
                    try await wait(for: "acknowledgements") { journal.acknowledgedCount >= goal ? () : nil }
                    try await box.child.kill()
                    try await world.kill()
                }
                // Opening fails when it takes longer than the product promises.
                try await world.withBox { box in
                    longest = max(longest, box.readyAfter)
                    let after = await journal.comparison(with: box.manager, ofNewOnes: true)
                    #expect(after.isWhole, "kill \(round): \(after)")
                    await journal.repeatUnacknowledged(to: box.manager)
                    let repeated = await journal.comparison(with: box.manager, ofNewOnes: round < times)
                    #expect(repeated.isWhole && journal.unacknowledged.isEmpty, "kill \(round): \(repeated)")
                }
            }
            print(
                "\(type(of: world)): \(times) kills, \(journal.acknowledgedCount) acknowledged, ready again in \(longest) at most"
            )
        }
    }
}
