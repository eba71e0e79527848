import AIBoxAPI
import Foundation
import NIOCore
import ServiceClients
import TestSupport
import Testing

@testable import DataManager
@testable import Storage

/// What the data manager promises of pictures and files, wherever they are kept and whether they are sealed.
@Suite(.enabled(if: TestS3.isPresent, Comment(rawValue: TestS3.absence))) struct BlobKeepingTests {
    enum Place: CaseIterable { case folder, s3 }

    private static func withDataManager(
        _ place: Place, isEncrypted: Bool, _ body: (DataManager, TestFolder, TestS3?) async throws -> Void
    ) async throws {
        let folder = try TestFolder()
        var configuration = DataManager.Configuration(folder: folder.path)
        if isEncrypted { configuration.keys = .test }
        let server = place == .s3 ? try TestS3() : nil
        if let server { configuration.blobs = try S3BlobStore(S3Configuration(server)) }
        let manager = try await DataManager(configuration, logger: .silent)
        try await body(manager, folder, server)
        await manager.close()
        server?.stop()
    }

    @Test(arguments: Place.allCases, [false, true])
    func picturesAndFilesAreKept(_ place: Place, isEncrypted: Bool) async throws {
        try await Self.withDataManager(place, isEncrypted: isEncrypted) { manager, folder, _ in
            try await verifyPictures(manager)
            try await verifyFileKeeping(manager)
            let blobs = try folder.files(below: ".").filter { $0.hasPrefix("blobs/") }
            #expect(blobs.isEmpty == (place == .s3), "a bucket in place of the folder")
        }
    }

    @Test(arguments: Place.allCases) func whatIsPlainIsSealedWhenThereIsAKey(_ place: Place) async throws {
        try await Self.withDataManager(place, isEncrypted: false) { plain, folder, server in
            let text = "a,b\n" + String(repeating: "readable,1\n", count: 20_000)
            let report = try await plain.createFile(
                NewFile(purpose: .report), ByteStream(ByteBuffer(string: text)), bytes: nil)
            let (record, picture) = (InferenceRecord.example(), ByteBuffer(string: "readable picture"))
            try await plain.store(record, picture: picture)
            let keys = [try BlobTable.files.key(report.id), try BlobTable.pictures.key(record.id)]
            await plain.close()

            var configuration = DataManager.Configuration(folder: folder.path)
            configuration.keys = .test
            func store() throws -> (any BlobStore)? { try server.map { try S3BlobStore(S3Configuration($0)) } }
            configuration.blobs = try store()
            let sealing = try await DataManager(configuration, logger: .silent)
            #expect(try await sealing.picture(ofInference: record.id) == picture, "plain ones stay readable")
            try await sealing.sealAll(limit: 10)
            for key in keys {
                let stored = try await sealing.blobs.store.getAll(key, limit: 1 << 20)
                #expect(SealedValue.isSealed(stored.readableBytesView), "\(key)")
            }
            await sealing.close()

            (configuration.requiresSealed, configuration.blobs) = (true, try store())
            let strict = try await DataManager(configuration, logger: .silent)
            #expect(try await strict.picture(ofInference: record.id) == picture)
            let content = try #require(try await strict.content(ofFile: report.id, range: "bytes=100000-100021"))
            var part = ByteBuffer()
            for try await var chunk in content.bytes { part.writeBuffer(&chunk) }
            #expect(String(buffer: part) == String(text.dropFirst(100_000).prefix(22)))
            #expect(content.total == text.utf8.count && report.bytes == text.utf8.count)
            await strict.close()
        }
    }

    /// Quota, size and checksum are those of what was sent.
    @Test func theQuotaCountsWhatWasSent() async throws {
        let folder = try TestFolder()
        var configuration = DataManager.Configuration(folder: folder.path)
        (configuration.keys, configuration.maxFileBytes, configuration.fileQuotaBytes) = (.test, 1000, 2000)
        let manager = try await DataManager(configuration, logger: .silent)
        let content = ByteBuffer(bytes: [0xFF, 0xD8, 0xFF] + [UInt8](repeating: 7, count: 997))
        for _ in 0..<2 {
            let file = try await manager.createFile(NewFile(purpose: .image), ByteStream(content), bytes: nil)
            #expect(file.bytes == 1000 && file.sha256 == ContentChecksum(of: content).description)
        }
        let full = await problem {
            _ = try await manager.createFile(NewFile(purpose: .image), ByteStream(content), bytes: nil)
        }
        #expect(full?.status == 507 && full?.type == "/problems/quota-full")
        await manager.close()
    }

    @Test func anObjectStoreThatIsAwayIsSaidAndLosesNothing() async throws {
        try await Self.withDataManager(.s3, isEncrypted: true) { manager, _, server in
            server?.stop()
            let record = InferenceRecord.example()
            let away = await problem { try await manager.store(record, picture: ByteBuffer(string: "p")) }
            #expect(away?.status == 503 && ["/problems/blobs-away", "/problems/outcome-unknown"].contains(away?.type))
            #expect(try await manager.inference(record.id) == nil)
            try await manager.store(record, picture: nil)
        }
    }
}

extension S3Configuration {
    /// The bucket of `server`, which is one data manager's.
    fileprivate init(_ server: TestS3) throws {
        try self.init(
            url: "s3://\(server.accessKey):\(S3Signature.encoded(server.secretKey))@127.0.0.1:\(server.port)/"
                + "\(TestS3.bucket)?tls=0&path_style=1")
        firstPause = .milliseconds(1)
    }
}
