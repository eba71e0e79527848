import AIBoxAPI
import Foundation
import NIOCore
import ServiceClients
import Storage
import Testing

@testable import DataManager

@Suite struct FileTests {
    private static func picture(_ count: Int) -> ByteBuffer {
        ByteBuffer(bytes: [0xFF, 0xD8, 0xFF] + Array(repeating: UInt8(7), count: count - 3))
    }

    private static func withFiles(
        limit: Int = 1000, quota: Int = 2500, _ body: (DataManager, TestFolder) async throws -> Void
    ) async throws {
        let folder = try TestFolder()
        var configuration = DataManager.Configuration(folder: folder.path)
        (configuration.maxFileBytes, configuration.fileQuotaBytes) = (limit, quota)
        let manager = try await DataManager(configuration, logger: .silent)
        try await body(manager, folder)
        await manager.close()
    }

    private static func blobs(_ folder: TestFolder) throws -> [String] {
        try folder.files(below: "blobs").filter { $0.contains("files/") }
    }

    /// - Parameter isAnnounced: whether the length is known before.
    @Test(arguments: [true, false])
    func limitAndQuotaHoldWhetherTheLengthIsKnownOrNot(isAnnounced: Bool) async throws {
        try await Self.withFiles { manager, folder in
            func add(_ count: Int) async throws -> UUIDv7 {
                let (file, content) = (NewFile(purpose: .image), ByteStream(Self.picture(count)))
                return try await manager.createFile(file, content, bytes: isAnnounced ? count : nil).id
            }
            let large = await problem { _ = try await add(1001) }
            #expect(large?.status == 413)
            let first = try await add(1000)
            _ = try await add(1000)
            let full = await problem { _ = try await add(501) }
            #expect(full?.status == 507 && full?.type == "/problems/quota-full")
            _ = try await add(500)
            #expect(try await manager.deleteFile(first))
            _ = try await add(1000)
            #expect(try Self.blobs(folder).count == 3, "nothing of what was refused is left")
        }
    }

    /// Two that fit alone but not together: the transaction that names them decides.
    @Test func theQuotaHoldsAgainstTwoAtOnce() async throws {
        try await Self.withFiles(quota: 1500) { manager, folder in
            let stored = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        let content = ByteStream(Self.picture(1000))
                        return (try? await manager.createFile(NewFile(purpose: .image), content, bytes: nil)) != nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            let left = try Self.blobs(folder)
            #expect(stored == 1 && left.count == 1)
        }
    }

    @Test func aContentThatBreaksOffLeavesNothing() async throws {
        struct Broken: Error {}
        try await Self.withFiles { manager, folder in
            let (chunks, source) = AsyncThrowingStream.makeStream(of: ByteBuffer.self)
            source.yield(Self.picture(900))
            source.finish(throwing: Broken())
            let file = NewFile(purpose: .image)
            await #expect(throws: Broken.self) {
                try await manager.createFile(file, ByteStream(chunks), bytes: nil)
            }
            let (row, left) = (try await manager.file(file.id), try Self.blobs(folder))
            #expect(row == nil && left.isEmpty)
        }
    }

    @Test func keysAreOrderedAsIdentifiersAndLeadBackToThem() throws {
        let ids = (0..<100).map { _ in UUIDv7() }
        let keys = try ids.map(BlobTable.files.key)
        #expect(keys == keys.sorted())
        #expect(try keys.map(BlobTable.files.id(of:)) == ids)
        for text in ["files/x", "pictures/\(ids[0])", "files/000000/\(ids[0])"] {
            #expect(try BlobTable.files.id(of: BlobKey(text)) == nil)
        }
    }

    @Test func theScrubFindsWhatIsDamagedMissingAndNobodys() async throws {
        try await Self.withFiles(limit: 1 << 20, quota: 1 << 24) { manager, folder in
            var files: [StoredFile] = []
            for count in [100, 200, 300] {
                let content = ByteStream(Self.picture(count))
                files.append(try await manager.createFile(NewFile(purpose: .image), content, bytes: nil))
            }
            try await manager.blobs.store.delete(try BlobTable.files.key(files[0].id))
            let path = try #require(try Self.blobs(folder).first { $0.contains(files[1].id.description) })
            let url = URL(filePath: "\(folder.path)/blobs/\(path)")
            var bytes = try Data(contentsOf: url)
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: url)

            let job = try await manager.createJob(Job(kind: "blob-scrub"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await manager.jobs.run() }
                while try await manager.job(job.id)?.state.isFinal != true { await Task.yield() }
                group.cancelAll()
            }
            #expect(try await manager.job(job.id)?.state == .done)
            let found = try #require(try await manager.results(ofJob: job.id, JobResultQuery())).items.map(\.value)
            func finding(_ kind: String, _ file: StoredFile) throws -> JSONValue {
                .object(["finding": .string(kind), "blob": .string(try BlobTable.files.key(file.id).description)])
            }
            #expect(try Set(found) == [finding("missing", files[0]), finding("damaged", files[1])])
        }
    }
}
