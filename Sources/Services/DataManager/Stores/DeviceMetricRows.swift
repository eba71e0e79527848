import AIBoxAPI
import Storage

/// What devices measure of themselves, summed up as it comes: a row for the values of a minute and one for those of an
/// hour. A device costs the same room however often it sends.
enum DeviceMetricRows {
    /// How long the values of one row go on, and how long it is kept.
    enum Width: Int, CaseIterable {
        case minute = 60
        case hour = 3600

        fileprivate var milliseconds: Int64 { Int64(rawValue) * 1000 }

        fileprivate var keptMilliseconds: Int64 {
            switch self {
            case .minute: 86_400_000
            case .hour: 30 * 86_400_000
            }
        }
    }

    /// Rows of one device; a device that makes up units has no more.
    static let rowLimit = 50_000
    /// Points of one answer.
    static let pointLimit = 50_000

    static func add(_ metrics: [DeviceMetric], ofDevice id: UUIDv7, at now: Timestamp, _ db: any SQLSession) throws {
        let upsert = """
            INSERT INTO device_metrics AS kept (
                device_id, width, metric_type, metric_unit, starts_at, minimum, maximum, total, samples)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)
            ON CONFLICT (device_id, width, metric_type, metric_unit, starts_at) DO UPDATE SET
                minimum = CASE WHEN excluded.minimum < kept.minimum THEN excluded.minimum ELSE kept.minimum END,
                maximum = CASE WHEN excluded.maximum > kept.maximum THEN excluded.maximum ELSE kept.maximum END,
                total = kept.total + excluded.total,
                samples = kept.samples + 1
            """
        for metric in metrics {
            let value = metric.metricValue
            for width in Width.allCases {
                let start = now.milliseconds - now.milliseconds % width.milliseconds
                try db.execute(
                    upsert,
                    [
                        id, width.rawValue, metric.metricType.rawValue, metric.metricUnit, start, value, value, value,
                    ])
            }
        }
    }

    static func series(
        ofDevice id: UUIDv7, _ query: DeviceMetricQuery, at now: Timestamp, _ db: any SQLSession
    ) throws -> [DeviceMetrics.Series] {
        let (range, bucket) = (query.timeRange, Int64(query.timeRange.bucketSeconds) * 1000)
        let width = range.bucketSeconds < Width.hour.rawValue ? Width.minute : Width.hour
        // Whole buckets only: the first one begins behind the range's edge.
        let from = ((now.milliseconds - Int64(range.seconds) * 1000) / bucket + 1) * bucket
        var filter = RowFilter()
        filter.add("device_id = ?", id)
        filter.add("width = ?", width.rawValue)
        filter.add("metric_type = ?", query.metricType?.rawValue)
        filter.add("starts_at >= ?", from)
        let sql = """
            SELECT metric_type, metric_unit, starts_at / \(bucket) AS bucket, MIN(minimum) AS minimum,
                MAX(maximum) AS maximum, SUM(total) AS total, CAST(SUM(samples) AS BIGINT) AS samples
            FROM device_metrics \(filter.clause)
            GROUP BY metric_type, metric_unit, starts_at / \(bucket)
            ORDER BY metric_type, metric_unit, starts_at / \(bucket) LIMIT \(pointLimit)
            """
        return try grouped(db.rows(sql, filter.arguments), bucket: bucket)
    }

    private static func grouped(_ rows: [SQLRow], bucket: Int64) throws -> [DeviceMetrics.Series] {
        var all: [DeviceMetrics.Series] = []
        for row in rows {
            guard let type = DeviceMetricType(rawValue: try row.get("metric_type")) else { continue }
            let unit: String = try row.get("metric_unit")
            if all.last?.metricType != type || all.last?.metricUnit != unit {
                all.append(DeviceMetrics.Series(metricType: type, metricUnit: unit, points: []))
            }
            all[all.count - 1].points.append(try point(row, bucket: bucket))
        }
        return all
    }

    private static func point(_ row: SQLRow, bucket: Int64) throws -> DeviceMetrics.Point {
        let (total, count): (Double, Int) = (try row.get("total"), try row.get("samples"))
        return DeviceMetrics.Point(
            at: Timestamp(milliseconds: try row.get("bucket", as: Int64.self) * bucket),
            minimum: try row.get("minimum"), average: total / Double(count), maximum: try row.get("maximum"),
            count: count)
    }

    /// Deletes what is too old or too much of the next `count` devices behind `last`, in order of identifier; returns
    /// the last one, `nil` when they are through.
    static func prune(
        _ count: Int, after last: UUIDv7?, at now: Timestamp, _ db: any SQLSession
    ) throws -> UUIDv7? {
        var filter = RowFilter()
        filter.add("id > ?", last)
        let next = "SELECT id FROM devices \(filter.clause) ORDER BY id LIMIT \(count)"
        let ids = try db.values(next, filter.arguments, as: UUIDv7.self)
        for id in ids { try prune(id, at: now, db) }
        return ids.count < count ? nil : ids.last
    }

    private static func prune(_ id: UUIDv7, at now: Timestamp, _ db: any SQLSession) throws {
        for width in Width.allCases {
            try db.execute(
                "DELETE FROM device_metrics WHERE device_id = ? AND width = ? AND starts_at < ?",
                [id, width.rawValue, now.milliseconds - width.keptMilliseconds])
        }
        let border = """
            SELECT starts_at FROM device_metrics WHERE device_id = ? ORDER BY starts_at DESC
            LIMIT 1 OFFSET \(rowLimit)
            """
        guard let oldest = try db.value(border, [id], as: Int64.self) else { return }
        try db.execute("DELETE FROM device_metrics WHERE device_id = ? AND starts_at <= ?", [id, oldest])
    }
}
