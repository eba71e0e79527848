import AIBoxAPI
import Storage

/// The conditions of a `DetectionQuery` as SQL.
struct DetectionFilter: Sendable {
    struct Condition: Sendable {
        let sql: String
        let values: [any SQLConvertible]
    }

    /// An equality that has an index of its own.
    struct Indexed: Sendable {
        let column: String
        let index: String
        let value: any SQLConvertible

        var condition: Condition { Condition(sql: "\(column) = ?", values: [value]) }
    }

    /// The likely narrowest first.
    let indexed: [Indexed]
    let times: [Condition]
    let confidence: [Condition]

    init(_ query: DetectionQuery) {
        let equalities: [(String, String, (any SQLConvertible)?)] = [
            ("inference_id", "detections_inference", query.inferenceID),
            ("person_id", "detections_person", query.personID),
            ("device_id", "detections_device", query.deviceID),
            ("camera_id", "detections_camera", query.cameraID),
            ("label", "detections_label", query.label),
            ("task", "detections_task", query.task?.rawValue),
        ]
        indexed = equalities.compactMap { column, index, value in
            value.map { Indexed(column: column, index: index, value: $0) }
        }
        times = [
            query.from.map { Condition(sql: "captured_at >= ?", values: [$0]) },
            query.to.map { Condition(sql: "captured_at < ?", values: [$0]) },
        ].compactMap { $0 }
        confidence = query.minimumConfidence.map { [Condition(sql: "confidence >= ?", values: [$0])] } ?? []
    }
}

extension [DetectionFilter.Condition] {
    /// ` WHERE a AND b`, or nothing.
    var clause: String { isEmpty ? "" : " WHERE " + map(\.sql).joined(separator: " AND ") }
    var values: [any SQLConvertible] { flatMap(\.values) }
}
