import AIBoxAPI
import Foundation
import NIOCore
import Storage
import Testing

@testable import DataManager

/// Data folders of before pictures were blobs: `pictures/ab/cd/<id>.bin`.
@Suite struct OldPictureTests {
    private let folder: TestFolder
    private let records = (0..<5).map { _ in InferenceRecord.example() }

    init() throws { folder = try TestFolder() }

    private func picture(_ record: InferenceRecord) -> ByteBuffer { ByteBuffer(string: "picture of \(record.id)") }

    private func file(_ id: UUIDv7) -> String {
        let digits = id.description.suffix(4)
        return "\(folder.path)/pictures/\(digits.prefix(2))/\(digits.suffix(2))/\(id).bin"
    }

    private func open(isEncrypted: Bool) async throws -> DataManager {
        try await DataManager(folder, on: isEncrypted ? .sqliteEncrypted : .sqlite)
    }

    /// Stores the records and puts their pictures where they were before, byte for byte as the blob store has them.
    private func makeOld(isEncrypted: Bool) async throws {
        let manager = try await open(isEncrypted: isEncrypted)
        for record in records {
            try await manager.store(record, picture: picture(record))
            let key = try BlobTable.pictures.key(record.id)
            let stored = try await manager.blobs.store.getAll(key, limit: 1000)
            try FileManager.default.createDirectory(
                atPath: (file(record.id) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(stored.readableBytesView).write(to: URL(filePath: file(record.id)))
            try await manager.blobs.store.delete(key)
        }
        await manager.close()
    }

    private func verify(_ manager: DataManager, _ what: Comment) async throws {
        for record in records {
            #expect(try await manager.picture(ofInference: record.id) == picture(record), what)
        }
    }

    private var isThere: Bool { FileManager.default.fileExists(atPath: folder.path + "/pictures") }

    @Test(arguments: [(false, false), (false, true), (true, true)])
    func theyAreReadableBeforeWhileAndAfterTheyAreMoved(wasEncrypted: Bool, isEncrypted: Bool) async throws {
        try await makeOld(isEncrypted: wasEncrypted)
        let manager = try await open(isEncrypted: isEncrypted)
        try await verify(manager, "not moved yet")
        // Killed after the blob was written and before the file went, and after that.
        let key = try BlobTable.pictures.key(records[0].id)
        let stored = try Data(contentsOf: URL(filePath: file(records[0].id)))
        try await manager.blobs.replace(key, with: ByteBuffer(bytes: stored))
        try await manager.blobs.replace(
            try BlobTable.pictures.key(records[1].id),
            with: ByteBuffer(bytes: try Data(contentsOf: URL(filePath: file(records[1].id)))))
        try FileManager.default.removeItem(atPath: file(records[1].id))
        try await verify(manager, "half moved")
        await manager.moveOldPictures()
        #expect(!isThere)
        try await verify(manager, "moved")
        await manager.close()
        let next = try await open(isEncrypted: isEncrypted)
        #expect(next.oldPictures == nil)
        try await verify(next, "at the next start")
        let first = try await next.blobs.store.getAll(key, limit: 1000)
        #expect(SealedValue.isSealed(first.readableBytesView) == isEncrypted)
        await next.close()
    }

    @Test func sealingTakesThemAlong() async throws {
        try await makeOld(isEncrypted: false)
        let manager = try await open(isEncrypted: true)
        try await manager.sealAll(limit: 10)
        try await verify(manager, "sealed")
        let files = try folder.files(below: ".").filter { !$0.contains("aibox.sqlite") }
        for name in files {
            let content = FileManager.default.contents(atPath: "\(folder.path)/\(name)") ?? Data()
            #expect(content.range(of: Data("picture of".utf8)) == nil, "\(name)")
        }
        await manager.close()
    }

    @Test func aScrubMovesThemBeforeItLooksForThem() async throws {
        try await makeOld(isEncrypted: false)
        let manager = try await open(isEncrypted: false)
        let job = try #require(try await manager.finish([Job(kind: "blob-scrub")]).first)
        #expect(job.result == .object(["checked": .integer(5)]) && !isThere)
        #expect(try await manager.results(ofJob: job.id, JobResultQuery())?.items.isEmpty == true)
        await manager.close()
    }

    @Test func oneThatIsDamagedIsAProblemAndHoldsNobodyUp() async throws {
        try await makeOld(isEncrypted: true)
        let path = URL(filePath: file(records[2].id))
        var bytes = try Data(contentsOf: path)
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: path)
        let manager = try await open(isEncrypted: true)
        for _ in 0..<2 {
            let answer = await problem { _ = try await manager.picture(ofInference: records[2].id) }
            #expect(answer?.status == 500 && answer?.type == "/problems/damaged")
            await manager.moveOldPictures()
        }
        #expect(!isThere)
        #expect(try await manager.picture(ofInference: records[3].id) == picture(records[3]))
        await manager.close()
    }
}
