import AIBoxAPI
import NIOCore

extension AIBoxClient {
    /// One page of stored items, newest first. It may hold fewer than `limit`, even none, while it names a next one: the
    /// server ends a page early when matches are rare.
    public func detections(_ query: DetectionQuery = DetectionQuery()) async throws -> Page<DetectionRecord> {
        var call = Call(.GET, "/analytics/detections")
        let values: [(String, String?)] = [
            ("task", query.task?.rawValue), ("label", query.label), ("camera_id", query.cameraID),
            ("device_id", query.deviceID), ("inference_id", query.inferenceID?.description),
            ("person_id", query.personID?.description), ("plate", query.plate),
            ("fuzzy", query.isFuzzy ? "true" : nil),
            ("from", query.from?.description), ("to", query.to?.description),
            ("min_confidence", query.minimumConfidence.map { "\($0)" }), ("limit", "\(query.limit)"),
            ("cursor", query.cursor),
        ]
        call.query = values.compactMap { name, value in value.map { (name, $0) } }
        for (path, value) in query.metadata { call.query.append(("metadata.\(path)", value)) }
        return try decode(try await send(call))
    }

    /// Every stored item that `query` asks for, newest first, page by page as it is consumed.
    public func allDetections(_ query: DetectionQuery = DetectionQuery()) -> PageSequence<DetectionRecord> {
        PageSequence { cursor in
            var next = query
            next.cursor = cursor ?? query.cursor
            return try await detections(next)
        }
    }

    /// How many items were stored in each minute, hour or day of a time zone.
    public func summary(_ query: SummaryQuery = SummaryQuery()) async throws -> DetectionSummary {
        var call = Call(.GET, "/analytics/summary")
        let values: [(String, String?)] = [
            ("bucket", query.bucket.rawValue), ("from", query.from?.description), ("to", query.to?.description),
            ("time_zone", query.timeZone), ("task", query.task?.rawValue), ("label", query.label),
            ("camera_id", query.cameraID), ("device_id", query.deviceID),
        ]
        call.query = values.compactMap { name, value in value.map { (name, $0) } }
        return try decode(try await send(call))
    }

    public func detection(_ id: UUIDv7) async throws -> DetectionRecord {
        try decode(try await send(Call(.GET, "/analytics/detections/\(id)")))
    }

    /// One analysed picture with its items; `id` is the one of the analysis answer.
    public func inference(_ id: UUIDv7) async throws -> InferenceRecord {
        try decode(try await send(Call(.GET, "/analytics/detections/\(id)")))
    }

    /// The analysed picture as it was sent, when it was kept.
    /// - Parameter id: of an item or of an inference.
    public func picture(of id: UUIDv7) async throws -> ByteBuffer {
        try await send(Call(.GET, "/analytics/detections/\(id)/image"))
    }
}
