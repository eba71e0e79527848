import AIBoxAPI
import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite(.timeLimit(.minutes(2))) struct SQLiteBackupTests {
    /// A copy that is larger than the page cache: pages leave it before the first one is written.
    @Test func everyPageOfALargeCopyHasAChecksum() async throws {
        try await withBackupWorld(.sqlite) { world in
            try await world.define()
            try await world.fill(10_000)
            let manifest = try await world.backUp()
            #expect(manifest.bytes > 8_000_000)
            let content = try Data(contentsOf: URL(filePath: world.file.path))
            #expect(content[20] == 8, "eight bytes of each page are reserved")
            #expect(content[18] == 1 && content[19] == 1, "it needs no journal beside it")
            for start in stride(from: 0, to: content.count, by: 4096) {
                var page = [UInt8](content[start..<start + 4096])
                #expect(PageChecksums.isRight(&page), "page \(start / 4096 + 1)")
            }
        }
    }

    @Test(.enabled(if: SmallDisk.canBeMounted, Comment(rawValue: SmallDisk.absence)))
    func tooSmallADiskIsRefusedBeforeAnythingIsWritten() async throws {
        let disk = try SmallDisk(megabytes: 4)
        try await withBackupWorld(.sqlite, in: disk.path) { world in
            try await world.define()
            let refused = await #expect(throws: StorageError.self) { try await world.backUp() }
            #expect(refused?.code == .full && refused?.message.contains("MB are free") == true)
            #expect(try world.names.isEmpty)
        }
    }

    @Test func theCommandLineMayOpenTheFileWhileOthersWrite() async throws {
        try await withBackupWorld(.sqlite) { world in
            try await world.define()
            let path = try #require(world.database as? SQLiteDatabase).path
            let journal = AcknowledgedNumbers()
            try await world.underLoad(journal) {
                for round in 0..<5 {
                    let other = try SQLiteDatabase(.init(path: path))
                    let second = BackupWorld(database: other, url: nil, folder: world.folder + "/\(round)")
                    try FileManager.default.createDirectory(
                        atPath: second.folder, withIntermediateDirectories: true)
                    let before = journal.all
                    try await second.backUp()
                    await other.close()
                    let rows = try await second.restored { try $0.values("SELECT a FROM t", as: Int.self) }
                    #expect(Set(rows).isSuperset(of: before))
                }
            }
        }
    }
}
