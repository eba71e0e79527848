import AIBoxAPI
import NIOCore
import Storage

extension DataManager {
    /// What others have stored may be missing from a page for so long, when a replica answers; what this process has
    /// stored never is.
    private static let pageAge = ReadConsistency.bounded(.seconds(1))

    public func store(_ inference: InferenceRecord, picture: ByteBuffer?) async throws {
        try FieldRules.check(inference)
        let rows = try InferenceRows(inference, pictureBytes: picture?.readableBytes)
        if let picture {
            // Before the picture is written, which takes longer than being refused.
            do { try database.refuseIfBusy() } catch { throw Problem(error) }
            try await pictures.write(picture, inference.id)
        }
        try await write { try rows.insert($0) }
        metrics.stored(detections: inference.detections.count)
    }

    public func detections(_ query: DetectionQuery) async throws -> Page<DetectionRecord> {
        let search = try DetectionSearch(query, opening: cipher)
        return try await read(Self.pageAge) { try search.page($0) }
    }

    public func detection(_ id: UUIDv7) async throws -> DetectionRecord? {
        try await read { [cipher] in try DetectionRecord.find(id, $0, cipher) }
    }

    public func inference(_ id: UUIDv7) async throws -> InferenceRecord? {
        try await read { [cipher] in try InferenceRecord.find(id, $0, cipher) }
    }

    public func picture(ofInference id: UUIDv7) async throws -> ByteBuffer? {
        let bytes: Int? = try await read {
            try $0.value("SELECT picture_bytes FROM inferences WHERE id = ?", [id])
        }
        guard let bytes else { return nil }
        return try await pictures.read(id, bytes: bytes)
    }
}
