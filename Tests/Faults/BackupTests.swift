import AIBoxAPI
import Foundation
import TestSupport
import Testing

extension Faults {
    /// The built binary makes backups while others write, and is killed meanwhile.
    @Suite(.enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)), .timeLimit(.minutes(20)))
    struct BackupTests {
        @Test func aBackupUnderLoadHasAllThatWasAcknowledgedBefore() async throws {
            try await withTemporaryFolder { folder in
                try await backUpUnderLoad(try EmbeddedWorld(folder: folder), in: folder) { nil }
            }
        }

        @Test(.enabled(if: PostgresWorld.isSupported, PostgresWorld.absence))
        func aBackupOfPostgreSQLUnderLoadHasAllThatWasAcknowledgedBefore() async throws {
            try await withTemporaryFolder { folder in
                let world = try await PostgresWorld(folder: folder)
                try await backUpUnderLoad(world, in: folder) {
                    try await world.query("CREATE DATABASE restored")
                    return world.settings["AIBOX_DATABASE_URL"]?.replacing(/\/postgres$/, with: "/restored")
                }
            }
        }

        /// The command, beside the server; then its backup is restored and held against the journal of before.
        ///
        /// - Parameter empty: makes an empty database and returns its URL; `nil`: a folder will do.
        private func backUpUnderLoad(
            _ world: some World, in folder: URL, _ empty: () async throws -> String?
        ) async throws {
            let (journal, file) = (Journal(seed: 11), folder.appending(path: "backup"))
            try await world.withBox { box in
                let before = try await box.underLoad(journal) {
                    try await wait(for: "acknowledgements") { journal.acknowledgedCount >= 200 ? () : nil }
                    let before = journal.entries.filter(\.isAcknowledged)
                    try await aibox("db", "backup", "--to", file.path, environment: world.settings)
                    #expect(journal.acknowledgedCount > before.count, "writes went on meanwhile")
                    return before
                }
                let (data, url) = (folder.appending(path: "restored").path, try await empty())
                var environment = ["AIBOX_DATA_DIR": data]
                if let url { environment["AIBOX_DATABASE_URL"] = url }
                try await aibox("db", "restore", file.path, "--into", url ?? data, environment: environment)
                let check = try await aibox("db", "check", environment: environment)
                #expect(check.contains("nothing is damaged"))
                let restored = try await Box.start(environment, in: folder)
                for entry in before {
                    let record = try await restored.manager.inference(entry.record.id)
                    #expect(record?.detections.count == entry.record.detections.count)
                }
                try await restored.child.kill()
            }
        }

        @Test func aBackupThatIsKilledLeavesNothingHalf() async throws {
            try await withTemporaryFolder { folder in
                let world = try EmbeddedWorld(folder: folder)
                let journal = Journal(seed: 12)
                let backups = folder.appending(path: "backups")
                try FileManager.default.createDirectory(at: backups, withIntermediateDirectories: true)
                try await world.withBox { box in
                    try await box.underLoad(journal) {
                        try await wait(for: "acknowledgements") { journal.acknowledgedCount >= 500 ? () : nil }
                    }
                    for round in 0..<Faults.count(5, full: 50) {
                        let child = try Child.start(
                            Places.binary, ["db", "backup", "--to", backups.path], environment: world.settings,
                            in: folder)
                        // The later rounds later: before, amid, and behind the writing.
                        try await wait(for: "the backup") {
                            if !child.isRunning { return true }
                            let names = Self.names(in: backups)
                            return names.contains { $0.hasSuffix(round % 2 == 0 ? ".part" : ".json") } ? true : nil
                        }
                        try await child.kill()
                        for name in Self.names(in: backups) where name.hasSuffix(".sqlite") {
                            #expect(Self.names(in: backups).contains(name + ".json"), "round \(round)")
                            try await aibox(
                                "db", "restore", backups.appending(path: name).path, "--into",
                                folder.appending(path: "r\(round)-\(name)").path)
                        }
                    }
                    // The next one takes away what the killed ones have left.
                    try await aibox("db", "backup", "--to", backups.path, environment: world.settings)
                    #expect(!Self.names(in: backups).contains { $0.hasSuffix(".part") })
                    let comparison = await journal.comparison(with: box.manager)
                    #expect(comparison.isWhole, "\(comparison)")
                }
            }
        }

        private static func names(in folder: URL) -> [String] {
            (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        }

        /// Runs a command of the binary to its end.
        @discardableResult
        private func aibox(_ arguments: String..., environment: [String: String] = [:]) async throws -> String {
            try await withTemporaryFolder { folder in
                let child = try Child.start(Places.binary, arguments, environment: environment, in: folder)
                let status = try await child.end()
                guard status == 0 else { throw Failure("aibox \(arguments): \(status) \(child.errors)") }
                return child.output
            }
        }
    }
}
