import AIBoxAPI
import GRDB

/// A `DetectionQuery` as SQL. The index is named, not left to the planner: without statistics it takes a range of
/// times for narrow, and then sorts millions of rows for a page of fifty.
struct DetectionFilter: Sendable {
    /// A range of times with fewer rows is searched by time and sorted.
    static let narrowRange = 10_000

    private let query: DetectionQuery
    private let before: UUIDv7?

    /// Throws 422 for an invalid field.
    init(_ query: DetectionQuery) throws(Problem) {
        try FieldRules.check(query)
        before = try query.cursor.map(PageCursor.id(in:))
        self.query = query
    }

    func page(_ db: Database) throws -> Page<DetectionRecord> {
        let (sql, arguments) = try select(db)
        var rows = try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
        let hasMore = rows.count > query.limit
        if hasMore { rows.removeLast() }
        let items = try rows.map(DetectionRecord.init(row:))
        return Page(items: items, nextCursor: hasMore ? items.last.map { PageCursor.text($0.id) } : nil)
    }

    /// One row more than the page holds, to know whether there is a next one.
    func select(_ db: Database) throws -> (sql: String, arguments: StatementArguments) {
        var (conditions, arguments) = (equalities + times, equalityValues + timeValues)
        if let confidence = query.minimumConfidence {
            conditions.append("confidence >= ?")
            arguments.append(confidence)
        }
        if let before {
            conditions.append("id < ?")
            arguments.append(before)
        }
        arguments.append(query.limit + 1)
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let sql = """
            SELECT \(DetectionRecord.columns) FROM detections INDEXED BY \(try index(db))
            \(filter) ORDER BY id DESC LIMIT ?
            """
        return (sql, StatementArguments(arguments))
    }

    private func index(_ db: Database) throws -> String {
        if query.inferenceID != nil { return "detections_inference" }
        if try isNarrow(db) { return "detections_captured" }
        if query.personID != nil { return "detections_person" }
        if query.cameraID != nil { return "detections_camera" }
        if query.deviceID != nil { return "detections_device" }
        if query.label != nil { return "detections_label" }
        if query.task != nil { return "detections_task" }
        return "sqlite_autoindex_detections_1"
    }

    private func isNarrow(_ db: Database) throws -> Bool {
        guard !times.isEmpty else { return false }
        let range = "SELECT 1 FROM detections WHERE \(times.joined(separator: " AND ")) LIMIT \(Self.narrowRange)"
        let count = try db.cachedStatement(sql: "SELECT count(*) FROM (\(range))")
        return try Int.fetchOne(count, arguments: StatementArguments(timeValues)) ?? 0 < Self.narrowRange
    }

    private var filters: [(column: String, value: (any DatabaseValueConvertible)?)] {
        [
            ("inference_id", query.inferenceID), ("camera_id", query.cameraID), ("device_id", query.deviceID),
            ("person_id", query.personID), ("label", query.label), ("task", query.task?.rawValue),
        ]
    }

    private var equalities: [String] { filters.filter { $0.value != nil }.map { "\($0.column) = ?" } }

    private var equalityValues: [any DatabaseValueConvertible] { filters.compactMap(\.value) }

    private var times: [String] {
        (query.from == nil ? [] : ["captured_at >= ?"]) + (query.to == nil ? [] : ["captured_at < ?"])
    }

    private var timeValues: [any DatabaseValueConvertible] { [query.from, query.to].compactMap { $0 } }
}
