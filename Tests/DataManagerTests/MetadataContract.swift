import AIBoxAPI
import ServiceClients
import Testing

@testable import DataManager

/// The part of `DataManaging` that is about metadata; the manager has the indexes of these tests.
func verifyMetadata(_ manager: any DataManaging) async throws {
    try await verifyMetadataComesBack(manager)
    try await verifyMetadataIsFound(manager)
    try await verifyMetadataBounds(manager)
}

extension InferenceRecord {
    static func example(
        camera: String? = nil, capturedAt: Timestamp = .now, metadata: [String: JSONValue]?,
        _ detections: [DetectionRecord] = [.example()]
    ) -> InferenceRecord {
        var record = InferenceRecord.example(camera: camera, capturedAt: capturedAt, detections)
        record.metadata = metadata
        return record
    }
}

private func verifyMetadataComesBack(_ manager: any DataManaging) async throws {
    let metadata: [String: JSONValue] = [
        "site": .string("Cổng \u{1F6A7}"), "order": .integer(9_007_199_254_740_993), "price": .number(-0.1),
        "large": .number(1e300), "empty": .object([:]), "": .array([.null, .bool(true), .string("line\n")]),
        "a.b c": .null,
    ]
    let (with, without) = (InferenceRecord.example(metadata: metadata), InferenceRecord.example(metadata: nil))
    let empty = InferenceRecord.example(metadata: [:])
    for record in [with, with, without, empty] { try await manager.store(record, picture: nil) }
    #expect(try await manager.inference(with.id)?.metadata == metadata)
    #expect(try await manager.inference(without.id)?.metadata == nil)
    #expect(try await manager.inference(empty.id)?.metadata == [:])
    #expect(try await manager.detection(with.detections[0].id)?.metadata == metadata)
    #expect(try await manager.detection(without.detections[0].id)?.metadata == nil)
    #expect(try await manager.inference(with.id)?.metadataUnavailable == nil)
    let page = try await manager.detections(DetectionQuery { $0.inferenceID = with.id })
    #expect(page.items.count == 1 && page.items[0].metadata == nil, "lists leave it out")
}

private func verifyMetadataIsFound(_ manager: any DataManaging) async throws {
    let noon = Timestamp(milliseconds: 1_700_000_000_000)
    let rows: [InferenceRecord] = [
        .example(camera: "m1", capturedAt: noon, metadata: ["site": .string("gate-3"), "lane": .integer(2)]),
        .example(camera: "m2", capturedAt: noon + 2, metadata: ["site": .string("gate-3"), "lane": .string("2")]),
        .example(camera: "m1", capturedAt: noon + 1, metadata: ["site": .string("gate-4"), "lane": .number(2.5)]),
        .example(camera: "m1", capturedAt: noon + 3, metadata: ["lane": .array([.integer(2)]), "night": .bool(true)]),
        .example(
            camera: "m2", capturedAt: noon + 4,
            metadata: ["camera": .object(["position": .string("left")]), "night": .string("true")],
            [.plate, .example()]),
        .example(camera: "m1", capturedAt: noon + 5, metadata: nil),
        .example(camera: "m1", capturedAt: noon + 6, metadata: ["site": .null, "lane": .integer(20)]),
    ]
    for row in rows { try await manager.store(row, picture: nil) }
    let table: [([String: String], [Int])] = [
        (["site": "gate-3"], [1, 0]), (["lane": "2"], [1, 0]), (["lane": "2.0"], [0]), (["lane": "2.5"], [2]),
        (["lane": "25e-1"], [2]), (["lane": "02"], []), (["site": "gate-3", "lane": "2"], [1, 0]),
        (["site": "gate-4", "lane": "2"], []), (["night": "true"], [4, 4, 3]), (["night": "false"], []),
        (["camera.position": "left"], [4, 4]), (["site": "null"], []), (["site": "gate"], []),
        (["site": "GATE-3"], []), (["site": "' OR 1=1 --"], []),
    ]
    for (metadata, expected) in table {
        let page = try await manager.detections(
            DetectionQuery { ($0.metadata, $0.from, $0.to) = (metadata, noon, noon + 7) })
        #expect(page.items.map(\.inferenceID) == expected.map { rows[$0].id }, "\(metadata)")
        #expect(page.nextCursor == nil)
    }
    func found(_ change: (inout DetectionQuery) -> Void) async throws -> [UUIDv7] {
        try await manager.detections(DetectionQuery(change)).items.map(\.inferenceID)
    }
    #expect(try await found { ($0.metadata, $0.cameraID) = (["site": "gate-3"], "m2") } == [rows[1].id])
    #expect(try await found { ($0.metadata, $0.to) = (["site": "gate-3"], noon + 1) } == [rows[0].id])
    #expect(try await found { ($0.metadata, $0.plate) = (["night": "true"], "51F*") } == [rows[4].id])
    #expect(try await found { ($0.metadata, $0.plate) = (["night": "true"], "99F*") } == [])
    #expect(try await found { ($0.metadata, $0.task) = (["night": "true"], .plates) } == [rows[4].id])
    let first = try await manager.detections(DetectionQuery { ($0.metadata, $0.limit) = (["site": "gate-3"], 1) })
    let second = try await manager.detections(
        DetectionQuery { ($0.metadata, $0.limit, $0.cursor) = (["site": "gate-3"], 1, first.nextCursor) })
    #expect(first.items.map(\.inferenceID) == [rows[1].id] && second.items.map(\.inferenceID) == [rows[0].id])
    #expect(second.nextCursor == nil)
}

private func verifyMetadataBounds(_ manager: any DataManaging) async throws {
    let long = String(repeating: "x", count: 1 << 20)
    let many = Dictionary(uniqueKeysWithValues: (0..<65).map { ("\($0)", JSONValue.null) })
    let deep = (0..<8).reduce(JSONValue.null) { value, _ in .array([value]) }
    let refused: [[String: JSONValue]] = [
        ["a": .string("x\u{0}y")], ["a\u{0}": .null], ["a": .array([.object(["\u{0}": .null])])], ["a": .string(long)],
        [long: .null], ["$set": .null], ["a": .object(["$x": .null])], many, ["a": deep], ["a\u{7}": .null],
    ]
    for metadata in refused {
        let record = InferenceRecord.example(metadata: metadata)
        let problem = await problem { try await manager.store(record, picture: nil) }
        #expect(problem?.status == 422 && problem?.errors?.first?.field == "metadata")
        #expect(try await manager.inference(record.id) == nil)
    }
    func refusal(_ metadata: [String: String]) async -> String? {
        await problem { _ = try await manager.detections(DetectionQuery { $0.metadata = metadata }) }?.errors?.first?
            .field
    }
    #expect(await refusal(["other": "x"]) == "metadata.other")
    #expect(await refusal(["$where": "x"]) == "metadata.$where")
    #expect(await refusal(["site": "a\u{0}"]) == "metadata.site")
    #expect(await refusal(["site": String(repeating: "x", count: 129)]) == "metadata.site")
    #expect(await refusal(["a": "1", "b": "1", "c": "1", "d": "1", "e": "1"]) == "metadata")
}
