import AIBoxAPI
import Foundation
import NIOCore
import Testing

@testable import DataManager

@Suite struct PictureFolderTests {
    @Test func aPictureLiesUnderItsInferenceAndNothingHalfWrittenBesideIt() async throws {
        try await withDataManager { manager, folder in
            let record = InferenceRecord.example()
            try await manager.store(record, picture: ByteBuffer(string: "picture"))
            let digits = record.id.description.suffix(4)
            #expect(
                try folder.files(below: "pictures") == ["\(digits.prefix(2))/\(digits.suffix(2))/\(record.id).bin"])
        }
    }

    @Test func aRetryTakesUpThePictureOfACallThatNeverCommitted() async throws {
        try await withDataManager { manager, folder in
            let record = InferenceRecord.example()
            try await manager.pictures.write(ByteBuffer(string: "picture"), record.id)
            #expect(try await manager.picture(ofInference: record.id) == nil, "a picture without a row is not shown")
            try await manager.store(record, picture: ByteBuffer(string: "picture"))
            #expect(try await manager.picture(ofInference: record.id) == ByteBuffer(string: "picture"))
            #expect(try folder.files(below: "pictures").count == 1)
        }
    }

    @Test func aStoredPictureIsNeverReplaced() async throws {
        try await withDataManager { manager, _ in
            let record = InferenceRecord.example()
            try await manager.store(record, picture: ByteBuffer(string: "first"))
            try await manager.store(record, picture: ByteBuffer(string: "other"))
            #expect(try await manager.picture(ofInference: record.id) == ByteBuffer(string: "first"))
        }
    }

    @Test func manyPicturesAtOnceAreAllKept() async throws {
        try await withDataManager { manager, _ in
            let records = (0..<40).map { _ in InferenceRecord.example() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for record in records {
                    group.addTask { try await manager.store(record, picture: ByteBuffer(string: "\(record.id)")) }
                }
                try await group.waitForAll()
            }
            for record in records {
                #expect(try await manager.picture(ofInference: record.id) == ByteBuffer(string: "\(record.id)"))
            }
        }
    }

    @Test func halfWrittenPicturesOfAKilledProcessAreClearedAway() async throws {
        let folder = try TestFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path + "/pictures/incoming", withIntermediateDirectories: true)
        try Data("half".utf8).write(to: URL(fileURLWithPath: folder.path + "/pictures/incoming/x"))
        let manager = try await DataManager(folder)
        #expect(try folder.files(below: "pictures").isEmpty)
        await manager.close()
    }

    @Test(arguments: [nil, "shorter", "longer than it was"])
    func aPictureThatIsGoneOrChangedIsAProblem(_ content: String?) async throws {
        try await withDataManager { manager, folder in
            let record = InferenceRecord.example()
            try await manager.store(record, picture: ByteBuffer(string: "the picture"))
            let name = try #require(try folder.files(below: "pictures").first)
            try FileManager.default.removeItem(atPath: "\(folder.path)/pictures/\(name)")
            if let content { try Data(content.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/pictures/\(name)")) }
            let answer = await problem { _ = try await manager.picture(ofInference: record.id) }
            #expect(answer?.status == (content == nil ? 503 : 500))
        }
    }
}
