import AIBoxAPI
import Foundation
import Storage
import Vision

/// An inference and its detections as values to bind, made ready outside the transaction that all writes share.
struct InferenceRows: Sendable {
    private struct Detection {
        let id: UUIDv7
        let row: [any SQLConvertible]
        let plate: SeenPlate?
        let person: FaceMatch?
    }

    private let inference: [any SQLConvertible]
    private let detections: [Detection]
    private let event: NewEvent
    let id: UUIDv7
    /// The metadata.
    let document: Document?

    /// Camera, device and times of the detections are those of the inference, whatever they say themselves.
    init(_ record: InferenceRecord, pictureBytes: Int?, sealing cipher: PlateCipher?) throws {
        id = record.id
        document = try Self.document(record.metadata)
        inference = [
            record.id, record.requestID, record.task, try JSONColumn.text(record.models, field: "models"),
            record.image.width, record.image.height, try JSONColumn.text(record.timing, field: "timing"),
            record.cameraID, record.deviceID, record.capturedAt, record.createdAt, pictureBytes,
            document != nil,
        ]
        var detections: [Detection] = []
        for item in record.detections {
            detections.append(try Self.detection(item, record, hasImage: pictureBytes != nil, cipher))
        }
        self.detections = detections
        event = try NewEvent(ModelInferenceCompleted(record, hasImage: pictureBytes != nil), id: record.id)
    }

    private static func document(_ metadata: [String: JSONValue]?) throws(Problem) -> Document? {
        do throws(StorageError) {
            return try metadata.map { (members) throws(StorageError) in try Document(members, named: "metadata") }
        } catch {
            throw .invalid("metadata", error.message)
        }
    }

    private static func detection(
        _ item: DetectionRecord, _ record: InferenceRecord, hasImage: Bool, _ cipher: PlateCipher?
    ) throws -> Detection {
        let plate = try PlateColumns(item, cipher)
        let box = item.boundingBox
        return Detection(
            id: item.id,
            row: [
                item.id, record.id, item.task.rawValue, item.confidence, box.x, box.y, box.width, box.height,
                record.cameraID, record.deviceID, record.capturedAt, record.createdAt, hasImage,
            ] + plate.values,
            plate: plate.seen, person: item.details.person)
    }

    /// Does nothing when the inference is there already: the caller has repeated a call whose answer was lost, with the
    /// same identifiers. A face whose person has been deleted since it was recognised is stored as a stranger's.
    ///
    /// No statement waits for the result of another, so that all go to a server at once.
    ///
    /// - Throws: `StorageError` `.conflict` when a detection has the identifier of another inference's.
    func insert(_ metadata: InferenceMetadata, _ db: any SQLSession) throws {
        try db.execute(Self.insertInference, inference)
        if let document { try metadata.insert(document, of: id, db) }
        try EventRows.append(event, db)
        for detection in detections {
            try db.execute(Self.insertDetection, detection.row)
            try detection.plate?.insert(db)
            if let person = detection.person {
                try db.execute(
                    Self.recognise, [person.id, person.similarity, person.cosine, detection.id, person.id])
            }
        }
    }

    private static let insertInference = """
        INSERT INTO inferences (id, request_id, task, models, width, height, timing, camera_id, device_id,
            captured_at, created_at, picture_bytes, has_metadata)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
        """

    /// Of a repeated call nothing happens: the row is there. One that is another inference's has a twin of the same
    /// identifier and breaks the key.
    private static let insertDetection = """
        INSERT INTO detections (id, inference_id, task, confidence, x, y, width, height, camera_id, device_id,
            captured_at, created_at, has_image, \(PlateColumns.names.joined(separator: ", ")))
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET inference_id = CASE
            WHEN detections.inference_id = excluded.inference_id THEN detections.inference_id END
        """

    private static let recognise = """
        UPDATE detections SET person_id = ?, person_similarity = ?, person_cosine = ?
        WHERE id = ? AND EXISTS (SELECT 1 FROM persons WHERE id = ?)
        """
}

extension InferenceRecord {
    /// The inference, and whether there is metadata of it.
    static func find(
        _ id: UUIDv7, _ db: any SQLSession, _ cipher: GalleryCipher
    ) throws -> (record: InferenceRecord, hasMetadata: Bool)? {
        guard let row = try db.row("SELECT * FROM inferences WHERE id = ?", [id]) else { return nil }
        let items = "SELECT \(DetectionRecord.columns) FROM detections WHERE inference_id = ? ORDER BY id"
        let detections = try db.rows(items, [id]).map { try DetectionRecord(row: $0, cipher) }
        return (try InferenceRecord(row: row, detections: detections), try row.get("has_metadata"))
    }

    private init(row: SQLRow, detections: [DetectionRecord]) throws {
        let pictureBytes: Int? = try row.get("picture_bytes")
        self.init(
            id: try row.get("id"), requestID: try row.get("request_id"), task: try row.get("task"),
            models: try JSONColumn.value(row.get("models")),
            image: ImageSize(width: try row.get("width"), height: try row.get("height")),
            timing: try JSONColumn.value(row.get("timing")), cameraID: try row.get("camera_id"),
            deviceID: try row.get("device_id"), capturedAt: try row.get("captured_at"),
            createdAt: try row.get("created_at"), hasImage: pictureBytes != nil, detections: detections)
    }
}

extension DetectionRecord {
    /// With the name that the recognised person has now.
    static let columns = """
        detections.*, (SELECT content FROM sealed
            WHERE slot = (SELECT text_slot FROM persons WHERE persons.id = person_id)) AS person_text
        """

    /// The detection, and whether there is metadata of its inference.
    static func find(
        _ id: UUIDv7, _ db: any SQLSession, _ cipher: GalleryCipher
    ) throws -> (record: DetectionRecord, hasMetadata: Bool)? {
        let select = """
            SELECT \(columns), (SELECT has_metadata FROM inferences WHERE inferences.id = inference_id) AS has_metadata
            FROM detections WHERE id = ?
            """
        return try db.row(select, [id]).map { (try DetectionRecord(row: $0, cipher), try $0.get("has_metadata")) }
    }

    init(row: SQLRow, _ cipher: GalleryCipher) throws {
        guard let task = AnalysisTask(rawValue: try row.get("task")) else {
            throw StorageError(.damaged, "unknown task in a detection")
        }
        let id: UUIDv7 = try row.get("id")
        let (label, plateNumber, columns) = try PlateColumns.read(row, of: id, task, cipher.plates)
        var details = columns
        if let id: UUIDv7 = try row.get("person_id"), let text: Data = try row.get("person_text"),
            let name = try PersonText.name(in: text, of: id, cipher)
        {
            details.person = FaceMatch(
                id: id, name: name, similarity: try row.get("person_similarity"),
                cosine: try row.get("person_cosine"))
        }
        let box = BoundingBox(
            x: try row.get("x"), y: try row.get("y"), width: try row.get("width"), height: try row.get("height"))
        self.init(
            id: id, inferenceID: try row.get("inference_id"), task: task, label: label,
            confidence: try row.get("confidence"), boundingBox: box, plateNumber: plateNumber,
            details: details, cameraID: try row.get("camera_id"), deviceID: try row.get("device_id"),
            capturedAt: try row.get("captured_at"), createdAt: try row.get("created_at"),
            hasImage: try row.get("has_image"))
    }
}
