import AIBoxAPI
import Foundation
import Storage
import TestSupport
import Testing

@testable import DataManager

@Suite(.timeLimit(.minutes(3))) struct MetadataTests {
    private static let noon = Timestamp(milliseconds: 1_700_000_000_000)

    /// `count` inferences a millisecond apart, each with one detection, written at once; the newest is the last.
    private func fill(
        _ manager: DataManager, _ count: Int, detections: Int = 1, metadata: (Int) -> String?
    ) async throws -> [UUIDv7] {
        let ids = (0..<count).map { _ in UUIDv7() }
        let documents = ids.enumerated().compactMap { index, id in
            metadata(index).map { [SQLValue.text("inferences"), id.sqlValue, .text($0)] }
        }
        try await manager.write { db in
            try db.copy(
                ids.enumerated().map { index, id in
                    [
                        id.sqlValue, .text("r"), .text("faces"), .text("[]"), .integer(1), .integer(1), .text("{}"),
                        .integer(Self.noon.milliseconds + Int64(index)), .integer(0), .integer(1),
                    ]
                }, into: "inferences",
                columns: [
                    "id", "request_id", "task", "models", "width", "height", "timing", "captured_at", "created_at",
                    "has_metadata",
                ])
            try db.copy(
                ids.enumerated().flatMap { index, id in
                    (0..<detections).map { _ in
                        [
                            UUIDv7().sqlValue, id.sqlValue, .text("faces"), .text("face"), .real(0.5), .real(0),
                            .real(0),
                            .real(1), .real(1), .text("{}"), .integer(Self.noon.milliseconds + Int64(index)),
                            .integer(0), .integer(0),
                        ]
                    }
                }, into: "detections",
                columns: [
                    "id", "inference_id", "task", "label", "confidence", "x", "y", "width", "height", "details",
                    "captured_at", "created_at", "has_image",
                ])
            try db.copy(documents, into: "documents", columns: ["collection", "id", "body"])
        }
        return ids
    }

    /// The inferences of all pages, and how many pages there were.
    private func all(_ manager: DataManager, _ query: DetectionQuery) async throws -> ([UUIDv7], pages: Int) {
        var (query, found, pages): (DetectionQuery, [UUIDv7], Int) = (query, [], 0)
        repeat {
            let page = try await manager.detections(query)
            #expect(page.items.count <= query.limit)
            found += page.items.map(\.inferenceID)
            query.cursor = page.nextCursor
            pages += 1
        } while query.cursor != nil && pages < 500
        return (found, pages)
    }

    @Test(arguments: TestRows.here)
    func whatManyHaveIsMetInTheOrderOfTime(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            let ids = try await fill(manager, 3000) { #"{"site":"gate-\#($0 % 3)","lane":\#($0 % 2)}"# }
            for (metadata, isMatch) in [
                (["site": "gate-1"], { $0 % 3 == 1 }), (["site": "gate-1", "lane": "0"], { $0 % 6 == 4 }),
            ] as [([String: String], (Int) -> Bool)] {
                let query = DetectionQuery { ($0.metadata, $0.limit) = (metadata, 300) }
                let (found, pages) = try await all(manager, query)
                #expect(found == ids.indices.reversed().filter(isMatch).map { ids[$0] })
                #expect(pages >= found.count / 300)
            }
            let confident = DetectionQuery { ($0.metadata, $0.minimumConfidence) = (["site": "gate-1"], 0.6) }
            #expect(try await all(manager, confident).0.isEmpty)
        }
    }

    @Test(arguments: TestRows.here)
    func aRareValueAmongManyDetectionsIsFoundAtOnce(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            let ids = try await fill(manager, 4000) { #"{"site":"\#($0 == 7 ? "rare" : "common")","lane":1}"# }
            for metadata in [["site": "rare"], ["site": "rare", "lane": "1"]] {
                let page = try await manager.detections(DetectionQuery { $0.metadata = metadata })
                #expect(page.items.map(\.inferenceID) == [ids[7]] && page.nextCursor == nil)
            }
            let page = try await manager.detections(DetectionQuery { $0.metadata = ["site": "rare", "lane": "2"] })
            #expect(page.items.isEmpty && page.nextCursor == nil)
        }
    }

    @Test(arguments: TestRows.here)
    func fewInferencesWithVeryManyDetectionsAreNotSorted(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            let count = DetectionSearch.gatheredLimit / 5 + 100
            let ids = try await fill(manager, 5, detections: count) { $0 == 2 ? nil : #"{"site":"a"}"# }
            let query = DetectionQuery { ($0.metadata, $0.limit) = (["site": "a"], 500) }
            let found = try await all(manager, query).0
            #expect(found == [4, 3, 1, 0].flatMap { Array(repeating: ids[$0], count: count) })
        }
    }

    @Test func theLookUpOfGatheredInferencesReadsTheirIndex() async throws {
        try await withDataManager { manager, _ in
            let record = InferenceRecord.example(camera: "gate", metadata: ["site": .string("a")])
            try await manager.store(record, picture: nil)
            let search = try DetectionSearch(
                DetectionQuery { $0.cameraID = "gate" }, opening: manager.cipher)
            #expect(try await manager.read { try search.page(of: [record.id], $0) }?.items.count == 1)
        }
    }

    @Test(arguments: TestRows.here) func metadataIsStoredWithItsInferenceOrNotAtAll(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            let first = InferenceRecord.example(metadata: nil)
            try await manager.store(first, picture: nil)
            var second = InferenceRecord.example(metadata: ["site": .string("lost")])
            second.detections = first.detections
            let problem = await problem { [second] in try await manager.store(second, picture: nil) }
            #expect(problem?.status == 409)
            let count: Int? = try await manager.read { try $0.value("SELECT count(*) FROM documents") }
            #expect(count == 0)
        }
    }

    @Test func aPathThatIsAddedLaterFindsWhatIsThere() async throws {
        let folder = try TestFolder()
        var configuration = DataManager.Configuration(folder: folder.path)
        let record = InferenceRecord.example(metadata: ["zone": .string("north")])
        let before = try await DataManager(configuration, logger: .silent)
        try await before.store(record, picture: nil)
        let query = DetectionQuery { $0.metadata = ["zone": "north"] }
        let refusal = await problem { _ = try await before.detections(query) }
        #expect(refusal?.errors?.first?.field == "metadata.zone")
        #expect(refusal?.errors?.first?.message.contains("metadata_indexes") == true)
        await before.close()
        configuration.metadataIndexes = ["zone"]
        let after = try await DataManager(configuration, logger: .silent)
        #expect(try await after.detections(query).items.map(\.inferenceID) == [record.id])
        await after.close()
    }

    @Test func aPathThatIsNoneIsToldAtTheStart() async throws {
        let folder = try TestFolder()
        var configuration = DataManager.Configuration(folder: folder.path)
        configuration.metadataIndexes = ["a..b"]
        let error = await #expect(throws: DataManagerError.self) {
            try await DataManager(configuration, logger: .silent)
        }
        #expect(error?.remedy.contains("metadata_indexes") == true)
    }

    private static let spellings: [(String, [DocumentFilter.Scalar])] = [
        ("2", [DocumentFilter.Scalar.string("2"), .integer(2)]), ("-0", [.string("-0"), .integer(0)]),
        ("2.50", [.string("2.50"), .number(2.5)]), ("1e2", [.string("1e2"), .number(100)]),
        ("9223372036854775808", [.string("9223372036854775808"), .number(9_223_372_036_854_775_808)]),
        ("1e999", [.string("1e999")]), ("02", [.string("02")]), ("+2", [.string("+2")]), (".5", [.string(".5")]),
        ("true", [.string("true"), .bool(true)]), ("false", [.string("false"), .bool(false)]),
        ("null", [.string("null")]),
        ("NaN", [.string("NaN")]), ("0x10", [.string("0x10")]), (" 2", [.string(" 2")]),
    ]

    @Test(arguments: spellings)
    func aTextStandsForWhatItIsInJSON(_ text: String, _ values: [DocumentFilter.Scalar]) {
        #expect(MetadataFilter.values(text) == values)
    }

    @Test(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.absence)"))
    func aCopyToTheOtherDatabaseAndBackHasTheSameMetadata() async throws {
        let folder = try TestFolder()
        let manager = try await DataManager(folder)
        let metadata: [String: JSONValue] = [
            "z": .number(1e300), "a": .integer(.max), "text": .string("\u{1F600}\"\\/"), "n": .number(0.1), "": .null,
        ]
        let record = InferenceRecord.example(metadata: metadata)
        try await manager.store(record, picture: nil)
        await manager.close()
        var source = DataManager.Configuration(folder: folder.path)
        let server = DataManager.Configuration.Database.postgres(
            url: try TestPostgres.shared().newDatabase(), replicas: [])
        for target in [server, .sqlite(path: folder.path + "/back.sqlite")] {
            let from = try await source.open()
            source.database = target
            let into = try await source.open()
            let report = try await DatabaseCopy(from: from, to: into, schema: DataManager.schema).run { _, _ in }
            #expect(report.isComplete, "\(report.tables.filter { !$0.isEqual })")
            #expect(report.tables.first { $0.name == "documents" }?.targetRows == 1)
            await from.close()
            await into.close()
        }
        let back = try await DataManager(source, logger: .silent)
        #expect(try await back.inference(record.id)?.metadata == metadata)
        await back.close()
    }
}
