import AIBoxAPI
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// What holds of a backup, whichever database it is of.
@Suite(.timeLimit(.minutes(3))) struct BackupTests {
    static let databases: [SQLDialect] = TestPostgres.isInstalled ? SQLDialect.allCases : [.sqlite]

    @Test(arguments: databases) func itHasEveryRowThatWasAcknowledgedBefore(_ dialect: SQLDialect) async throws {
        try await withBackupWorld(dialect) { world in
            try await world.define()
            let journal = AcknowledgedNumbers()
            try await world.underLoad(journal) {
                try await wait(for: "rows") { journal.count >= 400 ? () : nil }
                let before = journal.all
                let manifest = try await world.backUp()
                #expect(journal.count > before.count, "writes went on meanwhile")
                let restored = try await world.restored { try $0.values("SELECT a FROM t ORDER BY a", as: Int.self) }
                #expect(Set(restored).isSuperset(of: before))
                #expect(restored.count == Set(restored).count)
                #expect(manifest.rows.map { $0["t"] == restored.count } ?? (dialect == .postgres))
                #expect(try await world.file.verify() == manifest)
            }
        }
    }

    @Test(arguments: databases) func whatIsThereIsNotOverwritten(_ dialect: SQLDialect) async throws {
        try await withBackupWorld(dialect) { world in
            try await world.define()
            _ = try await world.backUp()
            let content = try Data(contentsOf: URL(filePath: world.file.path))
            let refused = await #expect(throws: StorageError.self) { try await world.backUp() }
            #expect(refused?.code == .conflict)
            #expect(try Data(contentsOf: URL(filePath: world.file.path)) == content)
            #expect(try world.names == ["backup", "backup.json"])
        }
    }

    @Test(arguments: databases) func aTurnedBitIsRefused(_ dialect: SQLDialect) async throws {
        try await withBackupWorld(dialect) { world in
            try await world.define()
            _ = try await world.backUp()
            let url = URL(filePath: world.file.path)
            let sound = try Data(contentsOf: url)
            for byte in stride(from: 0, to: sound.count, by: max(1, sound.count / 12)) {
                var damaged = sound
                damaged[byte] ^= 0x10
                try damaged.write(to: url)
                let refused = await #expect(throws: StorageError.self) { try await world.file.verify() }
                #expect(refused?.code == .damaged, "byte \(byte)")
                await #expect(throws: StorageError.self, "byte \(byte)") { try await world.restored { _ in } }
            }
            try sound.dropLast().write(to: url)
            #expect(await #expect(throws: StorageError.self) { try await world.file.verify() }?.code == .damaged)
            try FileManager.default.removeItem(atPath: world.file.path + ".json")
            #expect(await #expect(throws: StorageError.self) { try await world.file.verify() }?.code == .notFound)
        }
    }

    @Test(arguments: databases) func aPlaceThatIsNotEmptyIsLeftAlone(_ dialect: SQLDialect) async throws {
        try await withBackupWorld(dialect) { world in
            try await world.define()
            _ = try await world.backUp()
            let refused = await #expect(throws: StorageError.self) { try await world.restoreOverSource() }
            #expect(refused?.code == .conflict)
        }
    }

    @Test(arguments: databases) func aCancelledOneLeavesNothing(_ dialect: SQLDialect) async throws {
        try await withBackupWorld(dialect) { world in
            try await world.define()
            try await world.fill(2000)
            let task = Mutex<Task<DatabaseBackup, any Error>?>(nil)
            let (started, start) = AsyncStream.makeStream(of: Void.self)
            let backup = Task {
                for await _ in started { break }
                return try await world.backUp { _, _ in task.withLock { $0?.cancel() } }
            }
            task.withLock { $0 = backup }
            start.yield()
            await #expect(throws: CancellationError.self) { try await backup.value }
            #expect(try world.names.isEmpty)
        }
    }

    @Test(
        .enabled(if: SmallDisk.canBeMounted, Comment(rawValue: SmallDisk.absence)), arguments: databases)
    func aDiskThatFillsUpMeanwhileLeavesNothing(_ dialect: SQLDialect) async throws {
        let disk = try SmallDisk(megabytes: 64)
        try await withBackupWorld(dialect, in: disk.path) { world in
            try await world.define()
            try await world.fill(dialect == .sqlite ? 4000 : 20_000)
            let isFilled = Atomic(false)
            let path = disk.path
            let refused = await #expect(throws: StorageError.self) {
                try await world.backUp { _, _ in
                    if !isFilled.exchange(true, ordering: .relaxed) { SmallDisk.fill(path) }
                }
            }
            #expect(refused?.code == .full, "\(String(describing: refused))")
            #expect(try world.names.filter { $0 != "filler" }.isEmpty)
            try disk.free()
            _ = try await world.backUp()
            #expect(try world.names == ["backup", "backup.json"])
        }
    }

    @Test func whatAKilledOneLeftIsRemovedAndWhatIsBeingWrittenIsNot() async throws {
        try await withBackupWorld(.sqlite) { world in
            let part = world.file.path + ".part"
            try Data("half".utf8).write(to: URL(filePath: part))
            try Data("{}".utf8).write(to: URL(filePath: world.file.path + ".json"))
            #expect(try world.file.removeUnfinished())
            #expect(try world.names.isEmpty)
            let file = try world.file.begin()
            #expect(try !world.file.removeUnfinished())
            #expect(try world.names == ["backup.part"])
            let second = await #expect(throws: StorageError.self) { try await world.backUp() }
            #expect(second?.code == .unavailable)
            withExtendedLifetime(file) {}
        }
    }
}
