import AIBoxAPI
import Foundation
import TestSupport
import Testing

extension Faults {
    /// Single bits of the files of a stopped server are turned over, as an ageing disk does it.
    @Suite(.enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)), .timeLimit(.minutes(20)))
    struct BitFlipTests {
        enum Target: String, CaseIterable {
            case database = "aibox.sqlite"
            /// Of a killed server: not yet moved to the database.
            case journal = "aibox.sqlite-wal"
            case picture = "="
        }

        private struct Outcomes: CustomStringConvertible {
            var harmless = 0
            var refusedToStart = 0
            var reported = 0
            /// Only the last transaction is gone, which nothing tells from one that the power has cut off.
            var cutOff = 0
            var silent: [String] = []
            var crashed: [String] = []
            var description: String {
                "\(harmless) harmless, \(refusedToStart) refused at the start, \(reported) reported at reading, "
                    + "\(cutOff) cut the last transaction off, \(silent.count) silent: \(silent.prefix(5))"
            }
        }

        @Test(arguments: Target.allCases) func aTurnedBitIsNeverReadAsAnotherAnswer(target: Target) async throws {
            let outcomes = try await flip(target, times: Faults.count(10, full: 200))
            print("bits of \(target.rawValue): \(outcomes)")
            #expect(outcomes.crashed.isEmpty, "\(outcomes.crashed)")
            #expect(outcomes.silent.isEmpty, "\(outcomes)")
        }

        private func flip(_ target: Target, times: Int) async throws -> Outcomes {
            var outcomes = Outcomes()
            try await withTemporaryFolder { folder in
                let journal = Journal(seed: 21)
                let sound = try EmbeddedWorld(folder: folder.appending(path: "sound"))
                let last = try await sound.withBox { box in
                    var last = journal.next()
                    await journal.send(last, to: box.manager)
                    while journal.acknowledgedCount < 150 {
                        last = journal.next()
                        await journal.send(last, to: box.manager)
                    }
                    if target != .journal { _ = try await box.stop() }
                    return target == .journal ? last.record.id : nil
                }
                var numbers = SeededNumbers(22)
                for number in 1...times {
                    let copy = folder.appending(path: "copy \(number)")
                    try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
                    try FileManager.default.copyItem(at: sound.folder, to: copy.appending(path: "world"))
                    let bit = try Self.turnBit(of: target, in: copy, &numbers)
                    await read(try EmbeddedWorld(folder: copy), journal, last, bit, &outcomes)
                    try FileManager.default.removeItem(at: copy)
                }
            }
            return outcomes
        }

        private func read(
            _ world: EmbeddedWorld, _ journal: Journal, _ last: UUIDv7?, _ bit: String, _ outcomes: inout Outcomes
        ) async {
            do {
                let (comparison, health) = try await world.withBox { box in
                    let comparison = await journal.comparison(with: box.manager)
                    let health = try? await box.manager.health()
                    if !box.child.isRunning { outcomes.crashed.append("\(bit): \(box.child.errors.suffix(500))") }
                    return (comparison, health)
                }
                if comparison.hasOnlyLost, health?.checks["database"]?.contains("acknowledged writes are lost") == true
                {
                    outcomes.reported += 1
                } else if comparison.hasOnlyLost, let last, comparison.lost == [last] {
                    outcomes.cutOff += 1
                } else if !comparison.isTruthful {
                    outcomes.silent.append("\(bit): \(comparison)")
                } else if comparison.isWhole {
                    outcomes.harmless += 1
                } else {
                    outcomes.reported += 1
                }
            } catch {
                // A clear message names the file; anything else is a crash.
                let message = "\(error)"
                if message.contains("aibox.sqlite") {
                    outcomes.refusedToStart += 1
                } else {
                    outcomes.crashed.append("\(bit): \(message)")
                }
            }
        }

        private static func turnBit(of target: Target, in folder: URL, _ numbers: inout SeededNumbers) throws -> String
        {
            let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
            let candidates = names.sorted().filter {
                $0.hasSuffix(target.rawValue) && (target != .picture || $0.contains("/pictures/"))
            }
            guard let name = candidates.randomElement(using: &numbers) else { throw Failure("no \(target.rawValue)") }
            let file = folder.appending(path: name)
            var bytes = try Data(contentsOf: file)
            let bit = Int.random(in: 0..<bytes.count * 8, using: &numbers)
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            try bytes.write(to: file)
            return "bit \(bit % 8) of byte \(bit / 8) of \(bytes.count)"
        }
    }
}
