import AIBoxAPI
import Foundation
import GRDB
import NIOCore
import TestSupport
import Testing

@testable import DataManager
@testable import Storage

@Suite struct DiskFullTests {
    @Test func aDatabaseThatMayNotGrowAnswers507AndRecovers() async throws {
        try await withDataManager { manager, _ in
            let before = InferenceRecord.example()
            try await manager.store(before, picture: nil)
            try await setPageLimit("(SELECT page_count FROM pragma_page_count)", manager)
            let large = InferenceRecord.example((0..<500).map { _ in .plate })
            let failure = await problem { try await manager.store(large, picture: nil) }
            #expect(failure?.status == 507 && failure?.type == "/problems/disk-full")
            #expect(try await manager.inference(large.id) == nil, "nothing of it is stored")
            #expect(try await manager.inference(before.id) != nil)
            #expect(try await manager.health().status == .degraded)

            try await setPageLimit("1000000", manager)
            try await manager.store(large, picture: nil)
            #expect(try await manager.inference(large.id)?.detections.count == 500)
            #expect(try await manager.health().checks["database"] == "ok")
        }
    }

    @Test(arguments: [(Duration.seconds(3600), ServiceHealth.Status.degraded), (.zero, .healthy)])
    func healthLooksAgainIntoAFailureThatIsOld(trust: Duration, status: ServiceHealth.Status) async throws {
        let folder = try TestFolder()
        var configuration = DataManager.Configuration(folder: folder.path)
        configuration.failureTrust = trust
        let manager = try await DataManager(configuration, logger: .silent)
        try await setPageLimit("(SELECT page_count FROM pragma_page_count)", manager)
        let large = InferenceRecord.example((0..<500).map { _ in .plate })
        #expect(await problem { try await manager.store(large, picture: nil) }?.status == 507)
        try await setPageLimit("1000000", manager)
        #expect((try await manager.health().checks["database"] == "ok") == (status == .healthy))
        await manager.close()
    }

    @Test func aFailureThatLastsIsSeenAgain() async throws {
        let folder = try TestFolder()
        var configuration = DataManager.Configuration(folder: folder.path)
        configuration.failureTrust = .zero
        let manager = try await DataManager(configuration, logger: .silent)
        let large = InferenceRecord.example((0..<500).map { _ in .plate })
        try await setPageLimit("(SELECT page_count FROM pragma_page_count)", manager)
        #expect(await problem { try await manager.store(large, picture: nil) }?.status == 507)
        try await manager.sqlite.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 1") }
        #expect(await manager.database.failure() != nil)
        await manager.close()
    }

    @Test(.enabled(if: SmallDisk.canBeMounted, Comment(rawValue: SmallDisk.absence)))
    func aFullDiskAnswers507KeepsWhatIsStoredAndRecovers() async throws {
        let disk = try SmallDisk(megabytes: 4)
        let manager = try await DataManager(.init(folder: disk.path + "/data"), logger: .silent)
        let picture = ByteBuffer(repeating: 7, count: 100_000)
        let stored = InferenceRecord.example()
        try await manager.store(stored, picture: picture)
        disk.fill()

        let refused = InferenceRecord.example((0..<200).map { _ in .plate })
        #expect(await problem { try await manager.store(refused, picture: nil) }?.status == 507)
        #expect(await problem { try await manager.store(refused, picture: picture) }?.status == 507)
        #expect(try await manager.inference(refused.id) == nil)
        #expect(try await manager.picture(ofInference: stored.id) == picture)

        try disk.free()
        try await manager.store(refused, picture: picture)
        #expect(try await manager.picture(ofInference: refused.id) == picture)
        await manager.close()
    }

    private func setPageLimit(_ pages: String, _ manager: DataManager) async throws {
        _ = try await manager.sqlite.pool.writeWithoutTransaction { db in
            let limit = try Int.fetchOne(db, sql: "SELECT \(pages)") ?? 0
            return try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(limit)")
        }
    }
}
