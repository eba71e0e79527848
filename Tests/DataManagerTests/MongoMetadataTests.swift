import AIBoxAPI
import Foundation
import Storage
import TestSupport
import Testing

@testable import DataManager

/// Against the stand-in for MongoDB (`Tests/StandIns/mongo_stand_in.py`), with the real libmongoc.
@Suite(.enabled(if: TestMongo.canRun, Comment(rawValue: TestMongo.absence)), .timeLimit(.minutes(3)))
struct MongoMetadataTests {
    private static let short = "connectTimeoutMS=200&serverSelectionTimeoutMS=300&socketTimeoutMS=500"
    private let site: [String: JSONValue] = ["site": .string("gate-3")]

    /// A stand-in, and what a data manager that uses it is started with.
    private func withMongo(
        on rows: TestRows = .sqlite, _ body: (TestMongo, DataManager.Configuration) async throws -> Void
    ) async throws {
        let folder = try TestFolder()
        try await TestMongo.with { mongo in
            var configuration = DataManager.Configuration(folder: folder.path)
            if rows.isPostgres {
                configuration.database = .postgres(url: try TestPostgres.shared().newDatabase(), replicas: [])
            }
            configuration.mongodbURL = "mongodb://127.0.0.1:\(mongo.port)/box?\(Self.short)"
            configuration.metadataIndexes = ["site", "lane", "night", "camera.position"]
            configuration.failureTrust = .zero
            try await body(mongo, configuration)
        }
    }

    private func withManager(
        _ configuration: DataManager.Configuration, _ body: (DataManager) async throws -> Void
    ) async throws {
        let manager = try await DataManager(configuration, logger: .silent)
        try await body(manager)
        await manager.close()
    }

    private func with(
        on rows: TestRows = .sqlite, _ body: (DataManager, TestMongo) async throws -> Void
    ) async throws {
        try await withMongo(on: rows) { mongo, configuration in
            try await withManager(configuration) { try await body($0, mongo) }
        }
    }

    @Test(arguments: TestRows.here.filter { !$0.isEncrypted })
    func itHoldsTheContract(_ rows: TestRows) async throws {
        try await with(on: rows) { manager, _ in
            try await verifyMetadata(manager)
            let count: Int? = try await manager.read { try $0.value("SELECT count(*) FROM documents") }
            #expect(count == 0, "the table stays empty")
        }
    }

    @Test func theDocumentIsAcknowledgedByAMajorityBeforeTheRow() async throws {
        try await with { manager, mongo in
            let record = InferenceRecord.example(metadata: site)
            try mongo.tell("concern update")
            let problem = await problem { try await manager.store(record, picture: nil) }
            #expect(problem?.status == 503 && problem?.type == "/problems/metadata-store-away")
            #expect(try await manager.inference(record.id) == nil)
            try mongo.tell("clear")
            _ = try mongo.tell("seen")
            try await manager.store(record, picture: nil)
            let seen = try mongo.tell("seen")
            #expect(seen.contains(#""w": "majority""#) && seen.contains(#""j": true"#))
            #expect(try await manager.inference(record.id)?.metadata == site)
        }
    }

    @Test func whileItIsAwayOnlyMetadataIsMissing() async throws {
        try await with { manager, mongo in
            let record = InferenceRecord.example(metadata: site)
            try await manager.store(record, picture: nil)
            #expect(try await manager.health().checks["metadata"] == "ok")
            mongo.stop()

            let refusal = await problem { try await manager.store(.example(metadata: site), picture: nil) }
            #expect(refusal?.status == 503 && refusal?.retryAfter != nil)
            let plain = InferenceRecord.example(metadata: nil)
            try await manager.store(plain, picture: nil)
            #expect(try await manager.inference(plain.id)?.metadataUnavailable == nil)
            let read = try #require(try await manager.inference(record.id))
            #expect(read.metadata == nil && read.metadataUnavailable == true)
            #expect(try await manager.detection(record.detections[0].id)?.metadataUnavailable == true)
            #expect(try await manager.detections(DetectionQuery()).items.count == 2)
            let search = await problem {
                _ = try await manager.detections(DetectionQuery { $0.metadata = ["site": "x"] })
            }
            #expect(search?.status == 503 && search?.retryAfter != nil)
            let health = try await manager.health()
            #expect(
                health.status == .degraded && health.checks["metadata"] != "ok" && health.checks["database"] == "ok")

            let again = try TestMongo(["--port", "\(mongo.port)"])
            defer { again.stop() }
            try await wait(for: "the store's return") {
                let repeated = await problem { try await manager.store(.example(metadata: site), picture: nil) }
                return repeated == nil ? true : nil
            }
            #expect(try await manager.health().status == .healthy)
        }
    }

    @Test func itMayBeAwayWhenTheDataManagerStarts() async throws {
        try await withMongo { mongo, configuration in
            mongo.stop()
            try await withManager(configuration) { manager in
                #expect(try await manager.health().status == .degraded)
                try await manager.store(.example(metadata: nil), picture: nil)
                let again = try TestMongo(["--port", "\(mongo.port)"])
                defer { again.stop() }
                try await wait(for: "the indexes") { () -> Bool? in
                    (try? await manager.metadata.ensureIndexes()) == nil ? nil : true
                }
                #expect(try again.tell("seen").contains(#""key": {"body.camera.position""#))
            }
        }
    }

    @Test func whatWasStoredBeforeStaysReadable() async throws {
        try await withMongo { _, configuration in
            var before = configuration
            before.mongodbURL = nil
            let record = InferenceRecord.example(metadata: site)
            try await withManager(before) { try await $0.store(record, picture: nil) }
            try await withManager(configuration) { manager in
                let read = try await manager.inference(record.id)
                #expect(read?.metadata == site)
                let found = try await manager.detections(DetectionQuery { $0.metadata = ["site": "gate-3"] })
                #expect(found.items.isEmpty)
            }
        }
    }

    @Test func afterAFailureItIsNotAskedForAWhile() async throws {
        try await withMongo { mongo, given in
            var configuration = given
            configuration.failureTrust = .seconds(3600)
            try await withManager(configuration) { manager in
                try await manager.metadata.ensureIndexes()
                try mongo.tell("fail update 10107")
                for _ in 1...2 {
                    let refusal = await problem { try await manager.store(.example(metadata: site), picture: nil) }
                    #expect(refusal?.type == "/problems/metadata-store-away")
                }
                let seen = try mongo.tell("seen")
                #expect(seen.components(separatedBy: #""update": "#).count - 1 <= 2, "libmongoc repeats a write once")
                #expect(try await manager.health().checks["metadata"] != "ok")
            }
        }
    }

    @Test func aDocumentWhoseRowNeverCameIsRemovedAndNoOther() async throws {
        try await with { manager, _ in
            let mongo = try #require(manager.metadata.mongo)
            let collection = try InferenceMetadata.collection.get()
            let kept = InferenceRecord.example(metadata: site)
            try await manager.store(kept, picture: nil)
            var refused = InferenceRecord.example(metadata: site)
            refused.detections = kept.detections
            let conflict = await problem { [refused] in try await manager.store(refused, picture: nil) }
            #expect(conflict?.status == 409)
            for _ in 0..<DocumentLimits.identifiers {
                try await mongo.put(Document(site), id: UUIDv7(), in: collection)
            }
            #expect(try await mongo.get([refused.id, kept.id], in: collection).count == 2)

            #expect(try await scrub(manager, grace: 3_600_000) == 201)
            #expect(try await mongo.get([refused.id, kept.id], in: collection).count == 2, "they are young")
            #expect(try await scrub(manager, grace: -1000) == 201)
            #expect(try await mongo.find(.all, in: collection, after: nil, limit: 10) == [kept.id])
            #expect(try await manager.inference(kept.id)?.metadata == site)
        }
    }

    /// Does the job, and returns how many documents had no row.
    private func scrub(_ manager: DataManager, grace: Int64) async throws -> Int64? {
        let mongo = try #require(manager.metadata.mongo)
        let kind = JobKind.metadataScrub(mongo, manager.database, grace: grace)
        _ = try await manager.createJob(Job(kind: kind.name))
        let claim = try #require(try await manager.jobs.queue.claim(kinds: [kind.name]))
        let result = try await kind.run(JobContext(claim, manager.jobs.queue))
        guard case .object(let members) = result, case .integer(let count) = members["without_row"] else { return nil }
        return count
    }

    @Test func theScrubIsScheduledWhileThereIsAMongoDB() async throws {
        try await withMongo { _, configuration in
            let name = JobKind.metadataScrubName
            try await withManager(configuration) { manager in
                let stored = try await manager.read { try JobSchedule.find(name, $0) }
                #expect(stored?.kind == name)
            }
            var without = configuration
            without.mongodbURL = nil
            try await withManager(without) { manager in
                let stored = try await manager.read { try JobSchedule.find(name, $0) }
                #expect(stored == nil)
            }
        }
    }
}
