import AIBoxAPI
import Storage
import Testing

@testable import DataManager

@Suite struct DetectionSearchTests {
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
        Filter("none", [0, 1, 2, 3], "detections_captured") { _ in },
        Filter("task", [1, 3], "detections_task") { $0.task = .vehicles },
        Filter("label", [1], "detections_label") { $0.label = "truck" },
        Filter("camera", [0, 1], "detections_camera") { $0.cameraID = "gate" },
        Filter("device", [0, 2], "detections_device") { $0.deviceID = "pi" },
        Filter("inference", [3], "detections_inference") { $0.inferenceID = inference },
        Filter("from is inclusive", [2, 3], "detections_captured") { $0.from = noon + 2 },
        Filter("to is exclusive", [0, 1], "detections_captured") { $0.to = noon + 2 },
        Filter("from and to", [1, 2], "detections_captured") { ($0.from, $0.to) = (noon + 1, noon + 3) },
        Filter("confidence", [1, 2, 3], "detections_captured") { $0.minimumConfidence = 0.9 },
        Filter("camera and task", [1], "detections_camera") { ($0.cameraID, $0.task) = ("gate", .vehicles) },
        Filter("the narrower leads", [1], "detections_label") { ($0.cameraID, $0.label) = ("gate", "truck") },
        Filter("camera and time", [1], "detections_camera") { ($0.cameraID, $0.from) = ("gate", noon + 1) },
        Filter("person", [], "detections_person") { $0.personID = UUIDv7() },
        Filter("person and camera", [], "detections_person") { ($0.personID, $0.cameraID) = (UUIDv7(), "gate") },
        Filter("of another case", [], "detections_camera") { $0.cameraID = "GATE" },
        Filter("pattern characters", [], "detections_camera") { $0.cameraID = "g%" },
        Filter("quotes", [], "detections_label") { $0.label = "' OR 1=1 --" },
        Filter("plate", [2], "detections_plate") { $0.plate = "51f 123.45" },
        Filter("plate misread", [2], "detections_skeleton") { ($0.plate, $0.isFuzzy) = ("S1F1234S", true) },
        Filter("plate with a character missing", [2], "detections_skeleton") {
            ($0.plate, $0.isFuzzy) = ("51F1245", true)
        },
        Filter("beginning of a plate", [2], "detections_plate") { $0.plate = "51F*" },
        Filter("middle of a plate", [2], "detections_plate") { $0.plate = "*F12*" },
        Filter("end of a plate", [2], "detections_plate") { $0.plate = "*345" },
        Filter("one character of a plate", [2], "detections_plate") { $0.plate = "51?12345" },
        Filter("label of a reading", [2], "detections_label") { $0.label = "51F12345" },
        Filter("one of several characters of a plate", [2], "detections_plate") { $0.plate = "5?F*" },
        Filter("part and one character of a plate", [2], "detections_plate") { $0.plate = "*F12?4*" },
        Filter("plate and camera", [2], "detections_plate") { ($0.plate, $0.cameraID) = ("51F12345", "yard") },
    ]

    @Test(arguments: filters, TestRows.here)
    func aFilterFindsItsRowsNewestFirst(_ filter: Filter, _ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            for row in Self.rows { try await manager.store(row, picture: nil) }
            let expected = filter.matches.flatMap { Self.rows[$0].detections }
                .sorted { ($0.capturedAt, $0.id) > ($1.capturedAt, $1.id) }
            #expect(try await manager.detections(filter.query).items.map(\.id) == expected.map(\.id))
        }
    }

    @Test(arguments: filters, TestRows.embedded)
    func aFilterReadsItsIndexInOrder(_ filter: Filter, _ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            // While plain rows are possible, one plate may have two keys.
            if rows.isEncrypted { try await manager.sealAll(limit: 1) }
            for row in Self.rows { try await manager.store(row, picture: nil) }
            let plan = try await plan(filter.query, manager)
            #expect(
                plan.count {
                    $0.hasSuffix("USING INDEX \(filter.index)") || $0.contains("USING INDEX \(filter.index) ")
                } == 1, "\(plan)")
            // An inference has few rows; all others come in order.
            #expect(plan.contains { $0.contains("TEMP B-TREE") } == (filter.index == "detections_inference"))
        }
    }

    @Test(arguments: ["51F00*", "*F000*", "*00?1*", "5*9"], TestRows.here)
    func manyPlatesAreFoundWhateverTheirNumber(_ pattern: String, _ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            let plates = (0..<600).map { number in "51F\(String(number + 10_000).dropFirst().prefix(4))\(number % 10)" }
            for start in stride(from: 0, to: plates.count, by: 100) {
                let items = plates[start..<start + 100].map { plate in
                    var item = DetectionRecord.plate
                    item.plateNumber = plate
                    return item
                }
                try await manager.store(.example(capturedAt: Self.noon + Int64(start), items), picture: nil)
            }
            let wildcards = try PlateWildcards(pattern)
            var (found, query): ([String], DetectionQuery) = (
                [], DetectionQuery { ($0.plate, $0.limit) = (pattern, 7) }
            )
            while true {
                let page = try await manager.detections(query)
                found += page.items.compactMap(\.plateNumber)
                guard let next = page.nextCursor else { break }
                query.cursor = next
            }
            #expect(found.sorted() == plates.filter(wildcards.matches).sorted())
        }
    }

    @Test(arguments: TestRows.here) func rareMatchesAreFoundOverSeveralPages(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            try await fill(manager, count: 3 * DetectionSearch.stride)
            let rare = InferenceRecord.example(
                capturedAt: Timestamp(milliseconds: 0), [.example(task: .faces, label: "face", confidence: 0.25)])
            try await manager.store(rare, picture: nil)
            var query = DetectionQuery { ($0.label, $0.task, $0.minimumConfidence) = ("face", .faces, 0.01) }
            var (found, pages): ([UUIDv7], Int) = ([], 0)
            repeat {
                let page = try await manager.detections(query)
                found += page.items.map(\.id)
                query.cursor = page.nextCursor
                pages += 1
            } while query.cursor != nil && pages < 10
            #expect(found == rare.detections.map(\.id))
        }
    }

    @Test func aPatternWithoutLettersIsRefused() {
        for pattern in ["", "*", "-?*", "--"] {
            let problem = #expect(throws: Problem.self) { try PlateWildcards(pattern) }
            #expect(problem?.errors?.first?.field == "plate")
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
        let position = PageCursor.Position(capturedAt: Self.noon, id: id)
        #expect(try PageCursor.position(in: PageCursor.text(position)) == position)
        #expect(throws: Problem.self) { try PageCursor.position(in: cursor) }
        #expect(throws: Problem.self) { try PageCursor.id(in: PageCursor.text(position)) }
    }

    /// `EXPLAIN QUERY PLAN` of the page's statement, a line per step.
    private func plan(_ query: DetectionQuery, _ manager: DataManager) async throws -> [String] {
        let search = try DetectionSearch(query, opening: manager.cipher)
        return try await manager.read { db in
            guard case .ordered(let lead) = try search.source(db) else { return ["sorted"] }
            let (sql, values) = try search.statement(lead, after: nil, through: nil, limit: 51, db)
            return try db.rows("EXPLAIN QUERY PLAN \(sql)", values).map { try $0.get("detail") }
        }
    }

    /// Faces at time 0 with no confidence.
    private func fill(_ manager: DataManager, count: Int) async throws {
        let owner = InferenceRecord.example([])
        try await manager.store(owner, picture: nil)
        try await manager.write { db in
            let row: [SQLValue] = [
                owner.id.sqlValue, .text("faces"), .text("face"), .real(0), .real(0), .real(0), .real(1), .real(1),
                .text("{}"), .integer(0), .integer(0), .integer(0),
            ]
            try db.copy(
                (0..<count).map { _ in [UUIDv7().sqlValue] + row }, into: "detections",
                columns: [
                    "id", "inference_id", "task", "label", "confidence", "x", "y", "width", "height", "details",
                    "captured_at", "created_at", "has_image",
                ])
        }
    }
}
