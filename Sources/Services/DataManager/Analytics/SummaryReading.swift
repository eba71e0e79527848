import AIBoxAPI
import Foundation
import Storage

/// Counts the detections of a summary: what the table of counts has from there, what it does not have from their rows.
///
/// The table has quarters of an hour. Where `from`, `to` or a shift of the clock cuts one, its rows are counted instead,
/// and so are those of a zone whose offset is no multiple of it (Liberia before 1972).
struct SummaryReading: Sendable {
    let span: SummarySpan
    private let conditions: [(column: String, value: String)]

    init(_ span: SummarySpan, _ query: SummaryQuery) {
        self.span = span
        let filters = [
            ("task", query.task?.rawValue), ("label", query.label), ("camera_id", query.cameraID),
            ("device_id", query.deviceID),
        ]
        conditions = filters.compactMap { column, value in value.map { (column, $0) } }
    }

    /// All that the counts before `mark` depend on, besides the revision of the table: a span that goes beyond it has the
    /// same ones wherever it ends.
    func arguments(before mark: Int64) throws -> [UInt8] {
        let end = span.to < mark ? "\(span.to)" : ""
        let values = [span.bucket.rawValue, span.zone.name, "\(span.from)", end]
        return try Array(JSONEncoder().encode(values + conditions.flatMap { [$0.column, $0.value] }))
    }

    /// Of what was captured before `mark`, up to which the table goes.
    func counted(before mark: Int64, _ db: any SQLSession) throws -> SummaryCounts {
        var counts = SummaryCounts()
        for part in span.parts where part.start < mark {
            let end = min(part.end, mark)
            guard let quarters = quarters(of: part, upTo: end, mark: mark) else {
                try addRows(of: part, from: part.start, to: end, to: &counts, db)
                continue
            }
            try addRows(of: part, from: part.start, to: quarters.lowerBound, to: &counts, db)
            try addQuarters(quarters, of: part, to: &counts, db)
            try addRows(of: part, from: quarters.upperBound, to: end, to: &counts, db)
        }
        return counts
    }

    /// Of what was captured at `mark` or later.
    func uncounted(from mark: Int64, _ db: any SQLSession) throws -> SummaryCounts {
        var counts = SummaryCounts()
        for part in span.parts where part.end > mark {
            try addRows(of: part, from: max(part.start, mark), to: part.end, to: &counts, db)
        }
        return counts
    }

    /// The whole quarters of an hour, if there are any. That in which the table ends is whole as well: the table has
    /// nothing of it that is later.
    private func quarters(of part: SummarySpan.Part, upTo end: Int64, mark: Int64) -> Range<Int64>? {
        let width = DetectionCounts.quarter
        guard span.bucket != .minute, part.offset.isMultiple(of: width) else { return nil }
        let first = (part.start + width - 1).floored(by: width) * width
        let last = (end == mark ? end + width - 1 : end).floored(by: width) * width
        return first < last ? first..<last : nil
    }

    private func addQuarters(
        _ quarters: Range<Int64>, of part: SummarySpan.Part, to counts: inout SummaryCounts, _ db: any SQLSession
    ) throws {
        let filter = "quarter >= ? AND quarter < ?" + conditions.map { " AND \($0.column) = ?" }.joined()
        let sql = """
            SELECT (quarter + ?) / ? AS number, task, label, camera_id, CAST(SUM(detections) AS BIGINT) AS total
            FROM (
                SELECT quarter, task, label, camera_id, detections FROM detection_counts WHERE \(filter)
                UNION ALL
                SELECT quarter, task, label, camera_id, change FROM detection_count_changes WHERE \(filter)
            ) AS counts
            GROUP BY 1, 2, 3, 4 HAVING SUM(detections) <> 0 LIMIT \(SummaryCounts.limit + 1)
            """
        let values = filterValues(quarters)
        try add(sql, values + values, of: part, to: &counts, db)
    }

    private func addRows(
        of part: SummarySpan.Part, from start: Int64, to end: Int64, to counts: inout SummaryCounts,
        _ db: any SQLSession
    ) throws {
        guard start < end else { return }
        let filter = conditions.map { " AND \($0.column == "label" ? DetectionCounts.label : $0.column) = ?" }.joined()
        let sql = """
            SELECT (captured_at + ?) / ? AS number, task, \(DetectionCounts.label) AS label,
                COALESCE(camera_id, '') AS camera_id, count(*) AS total
            FROM detections WHERE captured_at >= ? AND captured_at < ?\(filter)
            GROUP BY 1, 2, 3, 4 LIMIT \(SummaryCounts.limit + 1)
            """
        try add(sql, filterValues(start..<end), of: part, to: &counts, db)
    }

    private func filterValues(_ times: Range<Int64>) -> [any SQLConvertible] {
        [times.lowerBound, times.upperBound] + conditions.map(\.value)
    }

    private func add(
        _ sql: String, _ values: [any SQLConvertible], of part: SummarySpan.Part, to counts: inout SummaryCounts,
        _ db: any SQLSession
    ) throws {
        for row in try db.rows(sql, [part.shift, span.bucket.milliseconds] + values) {
            let group = SummaryCounts.Group(
                task: try row.get("task"), label: try row.get("label"), camera: try row.get("camera_id"))
            try counts.add(row.get("total"), of: group, in: part.indices[row.get("number", as: Int.self)])
        }
    }
}
