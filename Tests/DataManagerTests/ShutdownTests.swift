import AIBoxAPI
import Foundation
import ServiceLifecycle
import Testing

@testable import DataManager

@Suite struct ShutdownTests {
    @Test func gracefulShutdownClosesTheFolderForTheNextProcess() async throws {
        let folder = try TestFolder()
        let manager = try await DataManager(folder)
        let record = InferenceRecord.example()
        let group = ServiceGroup(services: [manager], logger: .silent)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await manager.store(record, picture: nil)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(await problem { try await manager.store(.example(), picture: nil) }?.status == 503)
        let journal = FileManager.default.contents(atPath: folder.database + "-wal") ?? Data()
        #expect(journal.isEmpty, "the database file alone is the whole database, for whoever copies it")
        let next = try await DataManager(folder)
        #expect(try await next.inference(record.id) != nil)
        await next.close()
    }
}
