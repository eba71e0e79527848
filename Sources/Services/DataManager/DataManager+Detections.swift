import AIBoxAPI
import NIOCore
import Storage

extension DataManager {
    /// What others have stored may be missing from a page for so long, when a replica answers; what this process has
    /// stored never is.
    private static let pageAge = ReadConsistency.bounded(.seconds(1))

    public func store(_ inference: InferenceRecord, picture: ByteBuffer?) async throws {
        try FieldRules.check(inference)
        let rows: InferenceRows
        do { rows = try InferenceRows(inference, pictureBytes: picture?.readableBytes, sealing: cipher.plates) } catch {
            throw problem(error)
        }
        if rows.document != nil || picture != nil {
            // Before the document and the picture are written, which takes longer than being refused.
            do { try database.refuseIfBusy() } catch { throw Problem(error) }
        }
        try await metadata.prepare(rows.document, of: rows.id)
        if let picture { try await keep(picture, ofInference: inference.id) }
        try await write { [metadata] in try rows.insert(metadata, $0) }
        metrics.stored(detections: inference.detections.count)
    }

    public func detections(_ query: DetectionQuery) async throws -> Page<DetectionRecord> {
        let search = try DetectionSearch(query, opening: cipher)
        if let filter = try MetadataFilter(query, indexed: metadata.paths) {
            return try await detections(search, filter)
        }
        return try await read(Self.pageAge) { try search.page($0) }
    }

    private func detections(_ search: DetectionSearch, _ filter: MetadataFilter) async throws -> Page<DetectionRecord> {
        do { try await metadata.ensureIndexes() } catch { throw metadata.problem(error) }
        let search = MetadataSearch(
            search: search, filter: filter, metadata: metadata, database: database, consistency: Self.pageAge)
        do { return try await search.page() } catch { throw problem(error) }
    }

    public func detection(_ id: UUIDv7) async throws -> DetectionRecord? {
        let found = try await read { [cipher] in try DetectionRecord.find(id, $0, cipher) }
        guard let (found, hasMetadata) = found else { return nil }
        var record = found
        if hasMetadata {
            record.metadata = await metadata.find(record.inferenceID, logger)
            record.metadataUnavailable = record.metadata == nil ? true : nil
        }
        return record
    }

    public func inference(_ id: UUIDv7) async throws -> InferenceRecord? {
        let found = try await read { [cipher] in try InferenceRecord.find(id, $0, cipher) }
        guard let (found, hasMetadata) = found else { return nil }
        var record = found
        if hasMetadata {
            record.metadata = await metadata.find(id, logger)
            record.metadataUnavailable = record.metadata == nil ? true : nil
        }
        return record
    }
}
