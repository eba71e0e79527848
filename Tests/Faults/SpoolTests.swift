import AIBoxAPI
import Foundation
import TestSupport
import Testing

extension Faults {
    /// `store=async`: gateway, data manager and model server are processes of their own, and what the gateway has
    /// answered lies in its spool until the data manager has it.
    @Suite(
        .enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)),
        .enabled(if: ModelBox.canRun, Comment(rawValue: ModelBox.absence)),
        .enabled(if: Shims.areBuilt, Comment(rawValue: Shims.absence)), .timeLimit(.minutes(30)))
    struct SpoolTests {
        /// In every other cut the data manager has been away for a while, so that much lies in the spool.
        @Test func everyAnswerSurvivesPowerCutsOfTheGatewayAndTheDataManager() async throws {
            try await withPieces { pieces in
                let power = try PowerCut(root: pieces.world.folder)
                var numbers = SeededNumbers(2)
                let times = Faults.count(4, full: 50)
                var (longest, spooled) = (Duration.zero, 0)
                for round in 1...times {
                    spooled += try await cut(
                        pieces, power.environment, after: .random(in: 1...40, using: &numbers),
                        isDataManagerAway: round.isMultiple(of: 2))
                    let isExact = round % 4 < 2
                    try power.restore(isExact ? .syncedOnly : .randomPart(SeededNumbers(UInt64(round))))
                    longest = max(longest, try await verify(pieces, cut: round))
                }
                print(
                    "store=async: \(times) power cuts, \(pieces.journal.acknowledgedCount) acknowledged, \(spooled) of "
                        + "them in the spool at the cut or lately, stored again within \(longest) of both starts")
            }
        }

        /// That these tests can fail: the same gateway over a disk that forgets what it was told to sync.
        @Test func aDiskThatOnlyPretendsToSyncLosesTheSpool() async throws {
            try await withPieces { pieces in
                try await pieces.world.withBox { box in try await pieces.gateway(before: box) { _, _ in } }
                let power = try PowerCut(root: pieces.world.folder)
                let deaf = power.environment.merging(["POWERCUT_DEAF": "1"]) { $1 }
                let count = try await cut(pieces, deaf, after: 20, isDataManagerAway: true)
                try power.restore(.syncedOnly)
                try await pieces.world.withBox { box in
                    try await pieces.gateway(before: box) { gateway, _ in try await gateway.untilDrained() }
                    let comparison = try await pieces.journal.comparison(with: box.manager)
                    #expect(comparison.lost.count >= count && count >= 20, "\(comparison)")
                }
            }
        }

        @Test func aDataManagerThatIsAwayForLongCostsNothing() async throws {
            try await withPieces { pieces in
                let port = try LoopbackPort.free()
                let box = try await pieces.world.open(port: port)
                try await pieces.gateway(before: box) { gateway, token in
                    let journal = pieces.journal
                    let before = try await withLoad(on: gateway.child, { await journal.send(to: gateway, token) }) {
                        try await wait(for: "acknowledgements") { journal.acknowledgedCount >= 20 ? () : nil }
                        try await box.child.kill()
                        let before = journal.acknowledgedCount
                        let end = ContinuousClock.now + Faults.span(.seconds(2), full: .seconds(60))
                        try await wait(for: "the end of the outage", within: .seconds(70)) {
                            .now >= end && journal.acknowledgedCount >= before + 40 ? () : nil
                        }
                        return before
                    }
                    let during = journal.acknowledgedCount - before
                    #expect(journal.refusals.isEmpty && journal.unansweredCount == 0, "\(journal.refusals.prefix(2))")
                    try await pieces.world.withBox(port: port) { box in
                        let drained = try await gateway.untilDrained()
                        let comparison = try await journal.comparison(with: box.manager)
                        #expect(comparison.isWhole && comparison.unacknowledged == 0, "\(comparison)")
                        print("store=async: \(during) acknowledged during the outage, all stored after \(drained)")
                    }
                }
            }
        }

        @Test func aFullSpoolSaysSoAndTakesAgainOnceItIsEmpty() async throws {
            try await withPieces { pieces in
                let port = try LoopbackPort.free()
                let box = try await pieces.world.open(port: port)
                try await pieces.gateway(before: box, ["AIBOX_SPOOL_MAX_BYTES": "1000000"]) { gateway, token in
                    let journal = pieces.journal
                    await journal.send(to: gateway, token)
                    try await box.child.kill()
                    try await withLoad(on: gateway.child, { await journal.send(to: gateway, token) }) {
                        try await wait(for: "refusals") { journal.refusals.count >= 40 ? () : nil }
                    }
                    #expect(
                        journal.refusals.allSatisfy {
                            $0.status == 503 && $0.type == "/problems/spool-full" && $0.retryAfter != nil
                        }, "\(journal.refusals.prefix(2))")
                    let health = try await gateway.health()
                    #expect(health.checks["spool"]?.hasPrefix("full") == true, "\(health)")
                    let full = journal.acknowledgedCount
                    try await pieces.world.withBox(port: port) { box in
                        try await gateway.untilDrained()
                        let refused = journal.refusals.count
                        await journal.send(to: gateway, token)
                        #expect(journal.acknowledgedCount == full + 1 && journal.refusals.count == refused)
                        try await gateway.untilDrained()
                        let comparison = try await journal.comparison(with: box.manager)
                        #expect(comparison.isWhole && comparison.unacknowledged == 0, "\(comparison)")
                    }
                }
            }
        }

        /// Kills gateway and data manager at once after some more acknowledgements under load.
        ///
        /// - Returns: the acknowledgements of this round.
        private func cut(
            _ pieces: Pieces, _ environment: [String: String], after count: Int, isDataManagerAway: Bool
        ) async throws -> Int {
            let journal = pieces.journal
            let before = journal.acknowledgedCount
            let box = try await pieces.world.open(environment)
            do {
                try await pieces.gateway(before: box, environment) { gateway, token in
                    try await withLoad(on: gateway.child, { await journal.send(to: gateway, token) }) {
                        if isDataManagerAway {
                            try await wait(for: "an acknowledgement") {
                                journal.acknowledgedCount > before ? () : nil
                            }
                            try await box.child.kill()
                        }
                        let goal = journal.acknowledgedCount + count
                        try await wait(for: "acknowledgements") { journal.acknowledgedCount >= goal ? () : nil }
                        gateway.child.signal(SIGKILL)
                        if !isDataManagerAway { try await box.child.kill() }
                        try await gateway.child.end()
                    }
                }
            } catch {
                if box.child.isRunning { try await box.child.kill() }
                throw error
            }
            return journal.acknowledgedCount - before
        }

        /// Everything that was acknowledged is stored once after the next start.
        ///
        /// - Returns: how long it took from the start of the gateway.
        private func verify(_ pieces: Pieces, cut round: Int) async throws -> Duration {
            try await pieces.world.withBox { box in
                let start = ContinuousClock.now
                return try await pieces.gateway(before: box) { gateway, _ in
                    try await gateway.untilDrained(within: Faults.recovery)
                    let time = ContinuousClock.now - start
                    let comparison = try await pieces.journal.comparison(with: box.manager)
                    // Of each client one request may have been under way at each cut.
                    #expect(
                        comparison.isWhole && comparison.unacknowledged <= Faults.writers * round,
                        "cut \(round): \(comparison)")
                    return time
                }
            }
        }

        /// What every test has: a model server that stays, and a world with the folders of the other two.
        private struct Pieces {
            let models: ModelBox
            let world: EmbeddedWorld
            let journal: AsyncJournal

            /// Runs `body` with a gateway in the world, and a token of it.
            @discardableResult
            func gateway<Value>(
                before box: Box, _ environment: [String: String] = [:],
                _ body: (PublicBox, String) async throws -> Value
            ) async throws -> Value {
                let settings = [
                    "AIBOX_MODEL_SERVERS": "http://127.0.0.1:\(models.port)",
                    "AIBOX_DATA_DIR": world.folder.appending(path: "gateway").path,
                ]
                return try await PublicBox.with(
                    before: box, settings.merging(environment) { $1 }, in: world.folder.deletingLastPathComponent()
                ) { gateway in
                    let token = try await wait(for: "the first user") { try? await gateway.login() }
                    return try await body(gateway, token)
                }
            }
        }

        private func withPieces(_ body: (Pieces) async throws -> Void) async throws {
            try await withTemporaryFolder { folder in
                try await ModelBox.with(in: folder) { models in
                    let journal = AsyncJournal(try #require(ModelBox.portrait))
                    try await body(Pieces(models: models, world: try EmbeddedWorld(folder: folder), journal: journal))
                }
            }
        }
    }
}

extension PublicBox {
    /// Waits until nothing is left in the spool.
    @discardableResult
    func untilDrained(within deadline: Duration = .seconds(60)) async throws -> Duration {
        let start = ContinuousClock.now
        try await wait(for: "an empty spool", within: deadline) {
            try await health().checks["spool"] == "ok" ? () : nil
        }
        return ContinuousClock.now - start
    }
}
