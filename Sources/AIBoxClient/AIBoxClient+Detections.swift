import AIBoxAPI
import NIOCore

extension AIBoxClient {
    /// One page of stored items, newest first.
    public func detections(_ query: DetectionQuery = DetectionQuery()) async throws -> Page<DetectionRecord> {
        var call = Call(.GET, "/analytics/detections")
        let values: [(String, String?)] = [
            ("task", query.task?.rawValue), ("label", query.label), ("camera_id", query.cameraID),
            ("device_id", query.deviceID), ("inference_id", query.inferenceID?.description),
            ("from", query.from?.description), ("to", query.to?.description),
            ("min_confidence", query.minimumConfidence.map { "\($0)" }), ("limit", "\(query.limit)"),
            ("cursor", query.cursor),
        ]
        call.query = values.compactMap { name, value in value.map { (name, $0) } }
        return try decode(try await send(call))
    }

    /// Every stored item that `query` asks for, newest first, page by page as it is consumed.
    public func allDetections(_ query: DetectionQuery = DetectionQuery()) -> DetectionSequence {
        DetectionSequence(client: self, query: query)
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

/// Stored items, asked for page by page.
public struct DetectionSequence: AsyncSequence, Sendable {
    public typealias Element = DetectionRecord

    let client: AIBoxClient
    let query: DetectionQuery

    public struct AsyncIterator: AsyncIteratorProtocol {
        let client: AIBoxClient
        var query: DetectionQuery
        var page: ArraySlice<DetectionRecord> = []
        var isLastPage = false

        public mutating func next() async throws -> DetectionRecord? {
            while page.isEmpty, !isLastPage {
                let answer = try await client.detections(query)
                page = answer.items[...]
                query.cursor = answer.nextCursor
                isLastPage = answer.nextCursor == nil
            }
            return page.popFirst()
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(client: client, query: query) }
}
