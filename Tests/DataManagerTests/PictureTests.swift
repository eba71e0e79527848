import AIBoxAPI
import Foundation
import NIOCore
import ServiceClients
import Storage
import Testing

@testable import DataManager

@Suite struct PictureTests {
    @Test(arguments: TestRows.embedded) func aPictureLiesUnderItsInferenceAndNothingHalfWrittenBesideIt(
        _ rows: TestRows
    ) async throws {
        try await withDataManager(on: rows) { manager, folder in
            let record = InferenceRecord.example()
            try await manager.store(record, picture: ByteBuffer(string: "picture"))
            let text = record.id.description
            let path = "pictures/\(text.prefix(6))/\(text.dropFirst(6).prefix(2))/\(text)="
            #expect(try Set(folder.files(below: "blobs")) == ["objects/owner=", "objects/\(path)"])
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/pictures"))
        }
    }

    /// Killed between the picture and its row, or the answer was lost: the caller sends it again.
    @Test(arguments: TestRows.embedded)
    func aRetryTakesUpThePictureOfACallThatNeverCommitted(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, folder in
            let record = InferenceRecord.example()
            try await manager.keep(ByteBuffer(string: "picture"), ofInference: record.id)
            #expect(try await manager.picture(ofInference: record.id) == nil, "a picture without a row is not shown")
            try await manager.store(record, picture: ByteBuffer(string: "picture"))
            #expect(try await manager.picture(ofInference: record.id) == ByteBuffer(string: "picture"))
            #expect(try folder.pictures.count == 1)
        }
    }

    @Test(arguments: TestRows.embedded) func aRetryAfterAnUnknownOutcomeIsFine(_ rows: TestRows) async throws {
        let folder = try TestFolder()
        var configuration = DataManager.Configuration(folder: folder.path)
        if rows.isEncrypted { configuration.keys = .test }
        configuration.blobs = ForgetfulStore(try FolderBlobStore(.init(path: folder.path + "/blobs")))
        let manager = try await DataManager(configuration, logger: .silent)
        let (record, picture) = (InferenceRecord.example(), ByteBuffer(string: "picture"))
        let unknown = await problem { try await manager.store(record, picture: picture) }
        #expect(unknown?.status == 503 && unknown?.type == "/problems/outcome-unknown")
        #expect(try await manager.inference(record.id) == nil, "no row before its picture")
        try await manager.store(record, picture: picture)
        #expect(try await manager.picture(ofInference: record.id) == picture)
        await manager.close()
    }

    @Test(arguments: TestRows.embedded) func aStoredPictureIsNeverReplaced(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
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
            atPath: folder.path + "/blobs/incoming", withIntermediateDirectories: true)
        try Data("half".utf8).write(to: URL(filePath: folder.path + "/blobs/incoming/x"))
        let manager = try await DataManager(folder)
        #expect(try folder.files(below: "blobs") == ["objects/owner="])
        await manager.close()
    }

    @Test(arguments: TestRows.embedded, [nil, "shorter", "longer than it was"])
    func aPictureThatIsGoneOrChangedIsAProblem(_ rows: TestRows, _ content: String?) async throws {
        try await withDataManager(on: rows) { manager, folder in
            let record = InferenceRecord.example()
            try await manager.store(record, picture: ByteBuffer(string: "the picture"))
            let key = try BlobTable.pictures.key(record.id)
            try await manager.blobs.store.delete(key)
            // Whole by its own checksum, but not the one that the row names.
            if let content {
                _ = try await manager.blobs.put(key, BlobContent(ByteBuffer(string: content)))
            }
            let answer = await problem { _ = try await manager.picture(ofInference: record.id) }
            #expect(answer?.status == 500 && answer?.type == "/problems/damaged")
        }
    }

    @Test(arguments: TestRows.embedded) func everyTurnedBitOfAPictureIsReported(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, folder in
            let (record, picture) = (InferenceRecord.example(), ByteBuffer(string: "the picture"))
            try await manager.store(record, picture: picture)
            let file = URL(filePath: "\(folder.path)/blobs/\(try #require(try folder.pictures.first))")
            let sound = try Data(contentsOf: file)
            for bit in 0..<sound.count * 8 {
                var turned = sound
                turned[bit / 8] ^= 1 << UInt8(bit % 8)
                try turned.write(to: file)
                let answer = await problem { _ = try await manager.picture(ofInference: record.id) }
                #expect(answer?.type == "/problems/damaged", "bit \(bit)")
            }
            try sound.write(to: file)
            #expect(try await manager.picture(ofInference: record.id) == picture)
        }
    }

    @Test(arguments: TestRows.embedded)
    func theScrubTakesOrphansThatAreOldAndRaisesOneAlertForWhatIsLost(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, folder in
            let records = (0..<4).map { _ in InferenceRecord.example() }
            for record in records { try await manager.store(record, picture: ByteBuffer(string: "\(record.id)")) }
            let (old, young) = (UUIDv7(), UUIDv7())
            for id in [old, young] { try await manager.keep(ByteBuffer(string: "orphan"), ofInference: id) }
            for id in [old, records[0].id] { try folder.makeOld(id) }
            let file = URL(filePath: "\(folder.path)/blobs/\(try folder.place(of: records[1].id))")
            var bytes = try Data(contentsOf: file)
            bytes[3] ^= 4
            try bytes.write(to: file)
            try await manager.blobs.store.delete(try BlobTable.pictures.key(records[2].id))

            let payload = JSONValue.object(["delete_orphans": .bool(true)])
            let (job, again) = (Job(kind: "blob-scrub", payload: payload), Job(kind: "blob-scrub"))
            let ended = try await manager.finish([job, again])
            #expect(ended.map(\.state) == [.done, .done])
            #expect(ended.map(\.result) == [.object(["checked": .integer(3)]), .object(["checked": .integer(3)])])
            let found = try #require(try await manager.results(ofJob: job.id, JobResultQuery())).items.map(\.value)
            func finding(_ kind: String, _ id: UUIDv7) throws -> JSONValue {
                .object(["finding": .string(kind), "blob": .string(try BlobTable.pictures.key(id).description)])
            }
            #expect(
                try Set(found) == [
                    finding("damaged", records[1].id), finding("missing", records[2].id), finding("orphaned", old),
                ])
            let left = try folder.pictures.joined()
            #expect(!left.contains(old.description) && left.contains(young.description))
            #expect(left.contains(records[0].id.description), "what has a row is nobody's orphan, however old")
            let alerts = try await manager.alerts(SystemAlertQuery()).items
            #expect(alerts.map(\.kind) == [.blobDamaged], "one for all, while it is open")
            #expect(alerts.first?.message.contains(job.id.description) == true)
        }
    }

    @Test func aStoreOfAnotherDatabaseIsRefused() async throws {
        try await withDataManager { _, folder in
            let other = try TestFolder()
            var configuration = DataManager.Configuration(folder: other.path)
            configuration.blobs = try FolderBlobStore(.init(path: folder.path + "/blobs"))
            let error = await #expect(throws: DataManagerError.self) {
                try await DataManager(configuration, logger: .silent)
            }
            #expect(error?.code == .folder && error?.message.contains("another database") == true)
        }
    }

    @Test func aScrubIsDueEveryWeekAndDeletesWhatIsNobodys() async throws {
        try await withDataManager { manager, _ in
            let schedule = try #require(try await manager.read { try JobSchedule.find("blob-scrub", $0) })
            #expect(schedule.isEnabled && schedule.kind == "blob-scrub" && schedule.misfire == .runOnce)
            #expect(schedule.payload == .object(["delete_orphans": .bool(true)]))
            let week: Int64 = 7 * 86_400_000
            #expect(
                schedule.nextRun > manager.clock()
                    && schedule.nextRun.milliseconds <= manager.clock().milliseconds + week)
        }
    }

    @Test func keysOfPicturesAreOrderedAsIdentifiers() throws {
        let ids = (0..<100).map { UUIDv7(high: UInt64($0) << 40 | 0x7000, low: 2 << 62) }.compactMap { $0 }
        let keys = try ids.map(BlobTable.pictures.key)
        #expect(ids.count == 100 && keys == keys.sorted())
        #expect(try keys.map(BlobTable.pictures.id(of:)) == ids)
    }
}

extension TestFolder {
    /// The files of pictures, relative to `blobs`.
    var pictures: [String] { get throws { try files(below: "blobs").filter { $0.contains("/pictures/") } } }

    /// Where a picture is, relative to `blobs`.
    func place(of id: UUIDv7) throws -> String { try #require(try pictures.first { $0.contains(id.description) }) }

    /// Sets the time of a picture's file to two days ago.
    func makeOld(_ id: UUIDv7) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -2 * 86_400)],
            ofItemAtPath: "\(path)/blobs/\(try place(of: id))")
    }
}

extension DataManager {
    /// Does these jobs, one after the other. To be called once.
    func finish(_ jobs: [Job]) async throws -> [Job] {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.jobs.run() }
            for job in jobs {
                _ = try await self.createJob(job)
                while try await self.job(job.id)?.state.isFinal != true { await Task.yield() }
            }
            group.cancelAll()
        }
        var ended: [Job] = []
        for job in jobs { ended.append(try #require(try await self.job(job.id))) }
        return ended
    }
}
