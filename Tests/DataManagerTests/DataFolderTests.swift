import AIBoxAPI
import Foundation
import Testing

@testable import DataManager

@Suite struct DataFolderTests {
    @Test func whatWasAcknowledgedIsThereAfterReopening() async throws {
        let folder = try TestFolder()
        let record = InferenceRecord.example([.example(), .plate])
        let first = try await DataManager(folder)
        try await first.store(record, picture: nil)
        await first.close()
        let second = try await DataManager(folder)
        #expect(try await second.inference(record.id)?.detections.count == 2)
        await second.close()
    }

    @Test func aSecondUserOfTheFolderIsToldWhoTheFirstIs() async throws {
        try await withDataManager { _, folder in
            let error = await #expect(throws: DataManagerError.self) { try await DataManager(folder) }
            #expect(error?.code == .locked)
            #expect(error?.message.contains("process \(getpid())") == true)
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/flock"), "needs flock(1) of util-linux"))
    func aFolderThatAnotherProcessHoldsIsRefusedUntilThatEnds() async throws {
        let folder = try TestFolder()
        try Data("4711\n".utf8).write(to: URL(fileURLWithPath: folder.path + "/aibox.lock"))
        let other = Process()
        let (ready, release) = (Pipe(), Pipe())
        other.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        other.arguments = [folder.path + "/aibox.lock", "sh", "-c", "echo locked; read line"]
        (other.standardOutput, other.standardInput) = (ready, release)
        try other.run()
        #expect(ready.fileHandleForReading.availableData == Data("locked\n".utf8))

        let error = await #expect(throws: DataManagerError.self) { try await DataManager(folder) }
        #expect(error?.code == .locked && error?.message.contains("process 4711") == true)
        try release.fileHandleForWriting.close()
        other.waitUntilExit()
        await (try await DataManager(folder)).close()
    }

    @Test func aFolderThatCannotBeMadeIsNamedWithARemedy() async throws {
        let folder = try TestFolder()
        try Data().write(to: URL(fileURLWithPath: folder.path + "/file"))
        for path in [folder.path + "/file/data", "/proc/aibox"] {
            let error = await #expect(throws: DataManagerError.self) {
                try await DataManager(.init(folder: path), logger: .silent)
            }
            #expect(error?.code == .folder && error?.message.contains(path) == true && error?.remedy.isEmpty == false)
        }
    }

    @Test func theFolderIsForItsOwnerOnly() async throws {
        let folder = try TestFolder()
        let path = folder.path + "/new/data"
        let manager = try await DataManager(.init(folder: path), logger: .silent)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o700)
        await manager.close()
    }

    @Test func aFileThatIsNoDatabaseIsNamedWithARemedy() async throws {
        let folder = try TestFolder()
        try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: folder.database))
        let error = await #expect(throws: DataManagerError.self) { try await DataManager(folder) }
        #expect(error?.code == .damaged && error?.message.contains(folder.database) == true)
        #expect(error?.remedy.contains("backup") == true)
    }

    @Test func aDamagedPageIsAProblemAndNotTheEndOfTheProcess() async throws {
        let folder = try TestFolder()
        let first = try await DataManager(folder)
        for _ in 0..<200 { try await first.store(.example(), picture: nil) }
        let root = try await first.read {
            try $0.value("SELECT rootpage FROM sqlite_master WHERE name = 'detections'", as: Int64.self)
        }
        await first.close()
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: folder.database))
        try file.seek(toOffset: UInt64(try #require(root) - 1) * 4096)
        try file.write(contentsOf: Data(repeating: 0xA5, count: 4096))
        try file.close()

        let second = try await DataManager(folder)
        let answer = await problem { _ = try await second.detections(DetectionQuery()) }
        #expect(answer?.status == 503 && answer?.type == "/problems/damaged")
        await second.close()
    }
}
