import AIBoxAPI
import Foundation
import ServiceClients
import Synchronization
import TestSupport
import Testing

extension Faults {
    /// Writes that never pause: journals are emptied meanwhile, memory is bounded, reads are answered.
    @Suite(.enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)), .timeLimit(.minutes(30)))
    struct BulkWriteTests {
        /// Bytes that a journal may have at any time; SQLite begins to empty its own at 4 MB.
        private static let journalLimit = 128 << 20
        private static let memoryLimit = 400 << 20

        @Test func aJournalOfSQLiteIsEmptiedWhileWritesNeverPause() async throws {
            try await withTemporaryFolder { folder in
                let world = try EmbeddedWorld(folder: folder)
                let file = world.folder.appending(path: "data/aibox.sqlite-wal")
                try await write(in: world) { try Self.size(of: file) }
            }
        }

        @Test(.enabled(if: PostgresWorld.isSupported, PostgresWorld.absence))
        func theLogOfPostgreSQLIsEmptiedWhileWritesNeverPause() async throws {
            try await withTemporaryFolder { folder in
                let world = try await PostgresWorld(
                    folder: folder, settings: ["max_wal_size=48MB", "min_wal_size=32MB", "checkpoint_timeout=30s"])
                let segments = world.folder.appending(path: "cluster/pg_wal")
                try await write(in: world) {
                    try FileManager.default.contentsOfDirectory(atPath: segments.path).reduce(0) {
                        try $0 + Self.size(of: segments.appending(path: $1))
                    }
                }
            }
        }

        private func write(in world: some World, journalSize: @escaping @Sendable () throws -> Int) async throws {
            let journal = Journal(seed: 51, hasPictures: false)
            let reads = Reads()
            try await world.withBox { box in
                let watched = try await withLoad(
                    on: box.child, clients: 1, { await reads.read(box.manager) },
                    while: {
                        try await box.underLoad(journal) { try await watch(box, journal, journalSize) }
                    })
                #expect(watched.journal < Self.journalLimit && watched.memory < Self.memoryLimit, "\(watched)")
                #expect(journal.refusals.isEmpty && reads.failures.isEmpty && reads.count > 10, "\(reads.failures)")
                let after = await journal.comparison(with: box.manager)
                #expect(after.isWhole, "\(after)")
                print(
                    "\(type(of: world)): \(journal.acknowledgedCount) written without a pause, journal at most "
                        + "\(watched.journal >> 20) MB, memory at most \(watched.memory >> 20) MB, \(reads.count) lists read"
                )
            }
        }

        /// The largest sizes, in bytes, for as long as the writes are to go on.
        private func watch(
            _ box: Box, _ journal: Journal, _ journalSize: () throws -> Int
        ) async throws -> (journal: Int, memory: Int) {
            var largest = (journal: 0, memory: 0)
            let end = ContinuousClock.now + Faults.span(.seconds(10), full: .seconds(120))
            try await wait(for: "the end", within: .seconds(150)) {
                largest.journal = max(largest.journal, try journalSize())
                largest.memory = max(largest.memory, try box.child.residentBytes())
                return .now >= end ? () : nil
            }
            return largest
        }

        /// 0 for a file that is gone meanwhile.
        private static func size(of file: URL) throws -> Int {
            (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) ?? 0
        }
    }
}

/// Lists that were read while others wrote.
private final class Reads: Sendable {
    private let state = Mutex((count: 0, failures: [String]()))

    var count: Int { state.withLock { $0.count } }
    var failures: [String] { state.withLock { $0.failures } }

    func read(_ manager: HTTPDataManager) async {
        do {
            _ = try await manager.detections(DetectionQuery())
            state.withLock { $0.count += 1 }
        } catch {
            state.withLock { $0.failures.append("\(error)") }
        }
    }
}
