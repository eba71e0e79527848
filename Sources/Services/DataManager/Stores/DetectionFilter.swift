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
        /// More than one where rows may hold either. One index has them in the order of the page only for one.
        let values: [any SQLConvertible]

        var condition: Condition {
            let marks = values.map { _ in "?" }.joined(separator: ", ")
            return Condition(sql: values.count == 1 ? "\(column) = ?" : "\(column) IN (\(marks))", values: values)
        }

        /// With those of several values alone that rows have.
        func narrowed(_ db: any SQLSession) throws -> Indexed {
            guard values.count > 1 else { return self }
            let there = try values.filter {
                try db.exists("SELECT 1 FROM detections WHERE \(column) = ? LIMIT 1", [$0])
            }
            return Indexed(column: column, index: index, values: there.isEmpty ? Array(values.prefix(1)) : there)
        }
    }

    /// The likely narrowest first.
    let indexed: [Indexed]
    let times: [Condition]
    let confidence: [Condition]

    var all: [Condition] { times + indexed.map(\.condition) + confidence }

    init(_ query: DetectionQuery, _ cipher: PlateCipher?) {
        let equalities: [(String, String, [(any SQLConvertible)?])] = [
            ("inference_id", "detections_inference", [query.inferenceID]),
            ("person_id", "detections_person", [query.personID]),
            ("device_id", "detections_device", [query.deviceID]),
            ("camera_id", "detections_camera", [query.cameraID]),
            // That of a reading is sealed.
            ("label", "detections_label", [query.label, query.label.flatMap { cipher?.token($0, .label) }]),
            ("task", "detections_task", [query.task?.rawValue]),
        ]
        indexed = equalities.compactMap { column, index, values in
            let values = values.compactMap { $0 }
            return values.isEmpty ? nil : Indexed(column: column, index: index, values: values)
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
