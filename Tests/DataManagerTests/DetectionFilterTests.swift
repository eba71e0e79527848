import AIBoxAPI
import GRDB
import Testing

@testable import DataManager

@Suite struct DetectionFilterTests {
    private static let noon = Timestamp(milliseconds: 1_800_000_000_000)

    struct Filter: CustomTestStringConvertible {
        let testDescription: String
        let query: DetectionQuery
        /// Indices of `rows` that match.
        let matches: Set<Int>
        /// The index that a search among many rows uses.
        let index: String

        init(_ name: String, _ matches: Set<Int>, _ index: String, _ change: (inout DetectionQuery) -> Void) {
            (testDescription, self.matches, self.index) = (name, matches, index)
            query = DetectionQuery(change)
        }
    }

    private static let inference = UUIDv7()
    private static let rows: [InferenceRecord] = [
        .example(camera: "gate", device: "pi", capturedAt: noon, [.example(confidence: 0.5)]),
        .example(camera: "gate", device: "rock", capturedAt: noon + 1, [.example(task: .vehicles, label: "truck")]),
        .example(camera: "yard", device: "pi", capturedAt: noon + 2, [.plate]),
        {
            var record = InferenceRecord.example(capturedAt: noon + 3, [.example(task: .vehicles, label: "car")])
            record.id = inference
            return record
        }(),
    ]

    static let filters = [
        Filter("none", [0, 1, 2, 3], "sqlite_autoindex_detections_1") { _ in },
        Filter("task", [1, 3], "detections_task") { $0.task = .vehicles },
        Filter("label", [1], "detections_label") { $0.label = "truck" },
        Filter("camera", [0, 1], "detections_camera") { $0.cameraID = "gate" },
        Filter("device", [0, 2], "detections_device") { $0.deviceID = "pi" },
        Filter("inference", [3], "detections_inference") { $0.inferenceID = inference },
        Filter("from is inclusive", [2, 3], "detections_captured") { $0.from = noon + 2 },
        Filter("to is exclusive", [0, 1], "detections_captured") { $0.to = noon + 2 },
        Filter("from and to", [1, 2], "detections_captured") { ($0.from, $0.to) = (noon + 1, noon + 3) },
        Filter("confidence", [1, 2, 3], "sqlite_autoindex_detections_1") { $0.minimumConfidence = 0.9 },
        Filter("camera and task", [1], "detections_camera") { ($0.cameraID, $0.task) = ("gate", .vehicles) },
        Filter("camera and time", [1], "detections_captured") { ($0.cameraID, $0.from) = ("gate", noon + 1) },
        Filter("person", [], "detections_person") { $0.personID = UUIDv7() },
        Filter("person and camera", [], "detections_person") { ($0.personID, $0.cameraID) = (UUIDv7(), "gate") },
        Filter("of another case", [], "detections_camera") { $0.cameraID = "GATE" },
        Filter("pattern characters", [], "detections_camera") { $0.cameraID = "g%" },
        Filter("quotes", [], "detections_label") { $0.label = "' OR 1=1 --" },
    ]

    @Test(arguments: filters) func aFilterFindsItsRowsNewestFirst(_ filter: Filter) async throws {
        try await withDataManager { manager, _ in
            for row in Self.rows { try await manager.store(row, picture: nil) }
            let expected = filter.matches.flatMap { Self.rows[$0].detections.map(\.id) }.sorted().reversed()
            #expect(try await manager.detections(filter.query).items.map(\.id) == Array(expected))
        }
    }

    @Test(arguments: filters) func aFilterUsesItsIndex(_ filter: Filter) async throws {
        try await withDataManager { manager, _ in
            let plan = try await plan(filter.query, manager)
            #expect(plan.count { $0.contains("USING INDEX \(filter.index)") } == 1, "\(plan)")
            // Only a narrow range of times is worth sorting.
            #expect(plan.contains { $0.contains("TEMP B-TREE") } == (filter.index == "detections_captured"))
        }
    }

    @Test func aWideRangeOfTimesIsReadInOrder() async throws {
        try await withDataManager { manager, _ in
            try await fill(manager, count: DetectionFilter.narrowRange)
            let wide = DetectionQuery { $0.from = Timestamp(milliseconds: 0) }
            #expect(try await plan(wide, manager).contains { $0.contains("autoindex_detections_1") })
            let camera = DetectionQuery { ($0.from, $0.cameraID) = (Timestamp(milliseconds: 0), "gate") }
            #expect(try await plan(camera, manager).contains { $0.contains("detections_camera") })
            let narrow = DetectionQuery { $0.from = Timestamp(milliseconds: 1) }
            #expect(try await plan(narrow, manager).contains { $0.contains("detections_captured") })
        }
    }

    @Test(arguments: [
        "", "abc", "AAAAAAAAAAAAAAAAAAAAAAAAAAA", String(repeating: "A", count: 28), "../../../../../../../../../x",
        "\u{0}AAAAAAAAAAAAAAAAAAAAAAAAAA",
    ])
    func aCursorOfAnotherMakeIsRefused(_ cursor: String) {
        let problem = #expect(throws: Problem.self) { try PageCursor.id(in: cursor) }
        #expect(problem?.errors?.first?.field == "cursor")
    }

    @Test func aCursorReadsBackAndEveryChangedCharacterIsNoticed() throws {
        let id = UUIDv7()
        let cursor = PageCursor.text(id)
        #expect(try PageCursor.id(in: cursor) == id)
        for index in cursor.indices {
            var changed = cursor
            changed.replaceSubrange(index...index, with: cursor[index] == "A" ? "B" : "A")
            #expect(throws: Problem.self) { try PageCursor.id(in: changed) }
        }
    }

    /// `EXPLAIN QUERY PLAN` of the page's statement, a line per step.
    private func plan(_ query: DetectionQuery, _ manager: DataManager) async throws -> [String] {
        let filter = try DetectionFilter(query)
        return try await manager.store.read { db in
            let (sql, arguments) = try filter.select(db)
            return try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)", arguments: arguments).map { $0["detail"] }
        }
    }

    /// Rows at time 0; 16 random bytes do as identifiers.
    private func fill(_ manager: DataManager, count: Int) async throws {
        let owner = InferenceRecord.example([])
        try await manager.store(owner, picture: nil)
        try await manager.store.writer.write { db in
            try db.execute(
                sql: """
                    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
                    INSERT INTO detections SELECT randomblob(16), ?, 'faces', 'face', 1, 0, 0, 1, 1, NULL, '{}',
                        NULL, NULL, 0, 0, 0, NULL, NULL, NULL FROM n
                    """, arguments: [count, owner.id])
        }
    }
}
