import AIBoxAPI
import Foundation
import TestSupport
import Testing

extension Faults {
    /// The n-th write or sync of the data folder fails, for n = 1 to 200: what is told is true.
    @Suite(
        .enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)),
        .enabled(if: Shims.areBuilt, Comment(rawValue: Shims.absence)), .timeLimit(.minutes(30)))
    struct FailedWriteTests {
        enum Reason: String, CaseIterable {
            case inputOutput = "EIO"
            case noSpace = "ENOSPC"
        }

        private static var numbers: StrideThrough<Int> { stride(from: 1, through: 200, by: Faults.count(20, full: 1)) }

        @Test(arguments: Reason.allCases) func aFailureAtTheStartIsSaidAndTheNextStartIsWell(reason: Reason)
            async throws
        {
            var started = 0
            for number in stride(from: 1, through: 100, by: Faults.count(10, full: 1)) {
                try await withTemporaryFolder { folder in
                    let world = try EmbeddedWorld(folder: folder)
                    var failure = FailingIO(folder, world.folder, number, reason)
                    failure.isAtStart = true
                    let journal = Journal(seed: UInt64(number))
                    do {
                        try await world.withBox(failure.environment) { box in
                            started += 1
                            for _ in 0..<20 { await journal.send(journal.next(), to: box.manager) }
                        }
                    } catch let error as Failure {
                        // Without a stack trace or a signal: it says what is wrong with which file.
                        #expect(error.description.contains(world.folder.path), "\(number): \(error)")
                    }
                    try await check(world, journal, "\(reason) of call \(number) at the start")
                }
            }
            print("\(reason): started in spite of the failure: \(started)")
        }

        @Test(arguments: Reason.allCases) func aFailureUnderLoadIsToldOrHasNoEffect(reason: Reason) async throws {
            var refused = 0
            for number in Self.numbers {
                try await withTemporaryFolder { folder in
                    let world = try EmbeddedWorld(folder: folder)
                    let failure = FailingIO(folder, world.folder, number, reason)
                    let journal = Journal(seed: UInt64(number))
                    try await world.withBox(failure.environment) { box in
                        try failure.arm()
                        try await box.underLoad(journal) {
                            try await wait(for: "the failure") { failure.count > 0 ? () : nil }
                            let goal = journal.acknowledgedCount + 20
                            try await wait(for: "acknowledgements after it", within: Faults.recovery) {
                                journal.acknowledgedCount >= goal ? () : nil
                            }
                        }
                        refused += journal.refusals.count
                        #expect(
                            journal.refusedStatuses.isSubset(of: [503, 507]), "\(number): \(journal.refusedStatuses)")
                        let now = await journal.comparison(with: box.manager)
                        #expect(now.isWhole, "\(reason) of call \(number): \(now)")
                    }
                    try await check(world, journal, "\(reason) of call \(number)")
                }
            }
            print("\(reason): \(refused) writes refused")
        }

        @Test(arguments: Reason.allCases) func aFailureThatLastsRefusesEverythingAndReadsGoOn(reason: Reason)
            async throws
        {
            try await withTemporaryFolder { folder in
                let world = try EmbeddedWorld(folder: folder)
                var failure = FailingIO(folder, world.folder, 100, reason)
                failure.isLasting = true
                let journal = Journal(seed: 7)
                try await world.withBox(failure.environment) { box in
                    try failure.arm()
                    try await box.underLoad(journal) {
                        try await wait(for: "refusals") { journal.refusals.count >= 50 ? () : nil }
                    }
                    let now = await journal.comparison(with: box.manager)
                    #expect(now.isWhole, "\(now)")
                    let health = try await box.manager.health()
                    #expect(health.status != .healthy, "\(health)")
                }
                try await check(world, journal, "\(reason) for ever")
            }
        }

        /// After a kill and without the fault everything is as it was told, and what was refused can be sent again.
        private func check(_ world: EmbeddedWorld, _ journal: Journal, _ what: String) async throws {
            try await world.withBox { box in
                let after = await journal.comparison(with: box.manager)
                #expect(after.isWhole, "after \(what): \(after)")
                await journal.repeatUnacknowledged(to: box.manager)
                let repeated = await journal.comparison(with: box.manager)
                #expect(repeated.isWhole && journal.unacknowledged.isEmpty, "after \(what), repeated: \(repeated)")
            }
        }
    }
}

/// `shims/failio.c` for one process.
private struct FailingIO {
    private let root: URL
    private let number: Int
    private let reason: Faults.FailedWriteTests.Reason
    private let armed: URL
    private let log: URL
    /// Counts from the start of the process, not from `arm()` on.
    var isAtStart = false
    var isLasting = false

    init(_ folder: URL, _ root: URL, _ number: Int, _ reason: Faults.FailedWriteTests.Reason) {
        self.root = root
        self.number = number
        self.reason = reason
        armed = folder.appending(path: "armed")
        log = folder.appending(path: "failures")
    }

    var environment: [String: String] {
        var values = [
            "LD_PRELOAD": Shims.failingIO?.path ?? "", "FAILIO_ROOT": root.path, "FAILIO_NUMBER": "\(number)",
            "FAILIO_ERROR": reason.rawValue, "FAILIO_LOG": log.path,
        ]
        if !isAtStart { values["FAILIO_ARMED"] = armed.path }
        if isLasting { values["FAILIO_LASTING"] = "1" }
        return values
    }

    /// Calls that have failed.
    var count: Int {
        let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").count
    }

    /// Begins to count the calls.
    func arm() throws { try Data().write(to: armed) }
}
