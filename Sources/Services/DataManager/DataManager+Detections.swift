import AIBoxAPI
import GRDB
import NIOCore

extension DataManager {
    public func store(_ inference: InferenceRecord, picture: ByteBuffer?) async throws {
        try FieldRules.check(inference)
        let rows = try InferenceRows(inference, pictureBytes: picture?.readableBytes)
        if let picture {
            // Before the picture is written, which takes longer than being refused.
            try store.writer.refuseIfBusy()
            try await pictures.write(picture, inference.id)
        }
        try await store.writer.write { try rows.insert($0) }
        metrics.stored(detections: inference.detections.count)
    }

    public func detections(_ query: DetectionQuery) async throws -> Page<DetectionRecord> {
        let filter = try DetectionFilter(query)
        return try await store.read { try filter.page($0) }
    }

    public func detection(_ id: UUIDv7) async throws -> DetectionRecord? {
        try await store.read { try DetectionRecord.find(id, $0) }
    }

    public func inference(_ id: UUIDv7) async throws -> InferenceRecord? {
        try await store.read { try InferenceRecord.find(id, $0) }
    }

    public func picture(ofInference id: UUIDv7) async throws -> ByteBuffer? {
        let bytes = try await store.read {
            try Int.fetchOne($0, sql: "SELECT picture_bytes FROM inferences WHERE id = ?", arguments: [id])
        }
        guard let bytes else { return nil }
        return try await pictures.read(id, bytes: bytes)
    }
}
