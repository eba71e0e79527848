import AIBoxAPI
import Foundation
import Storage
import Vision

/// An inference and its detections as values to bind, made ready outside the transaction that all writes share.
struct InferenceRows: Sendable {
    private struct Detection {
        let id: UUIDv7
        let row: [any SQLConvertible]
        let plate: String?
        let person: FaceMatch?
    }

    private let inference: [any SQLConvertible]
    private let detections: [Detection]
    private let event: NewEvent

    /// Camera, device and times of the detections are those of the inference, whatever they say themselves.
    init(_ record: InferenceRecord, pictureBytes: Int?) throws(Problem) {
        inference = [
            record.id, record.requestID, record.task, try JSONColumn.text(record.models, field: "models"),
            record.image.width, record.image.height, try JSONColumn.text(record.timing, field: "timing"),
            record.cameraID, record.deviceID, record.capturedAt, record.createdAt, pictureBytes,
        ]
        var detections: [Detection] = []
        for item in record.detections {
            detections.append(try Self.detection(item, record, hasImage: pictureBytes != nil))
        }
        self.detections = detections
        event = try NewEvent(ModelInferenceCompleted(record, hasImage: pictureBytes != nil), id: record.id)
    }

    private static func detection(
        _ item: DetectionRecord, _ record: InferenceRecord, hasImage: Bool
    ) throws(Problem) -> Detection {
        var unnamed = item.details
        unnamed.person = nil
        let details = try JSONColumn.text(unnamed, field: "detections")
        let box = item.boundingBox
        let plate = item.plateNumber.map(PlateText.normalized).flatMap { $0.isEmpty ? nil : $0 }
        return Detection(
            id: item.id,
            row: [
                item.id, record.id, item.task.rawValue, item.label, item.confidence, box.x, box.y, box.width,
                box.height, item.plateNumber, plate, plate.map(PlateText.skeleton), details, record.cameraID,
                record.deviceID, record.capturedAt, record.createdAt, hasImage,
            ],
            plate: plate, person: item.details.person)
    }

    /// Does nothing when the inference is there already: the caller has repeated a call whose answer was lost, with the
    /// same identifiers. A face whose person has been deleted since it was recognised is stored as a stranger's.
    ///
    /// No statement waits for the result of another, so that all go to a server at once.
    ///
    /// - Throws: `StorageError` `.conflict` when a detection has the identifier of another inference's.
    func insert(_ db: any SQLSession) throws {
        try db.execute(Self.insertInference, inference)
        try EventRows.append(event, db)
        for detection in detections {
            try db.execute(Self.insertDetection, detection.row)
            if let plate = detection.plate { try SeenPlates.insert(plate, db) }
            if let person = detection.person {
                try db.execute(
                    Self.recognise, [person.id, person.similarity, person.cosine, detection.id, person.id])
            }
        }
    }

    private static let insertInference = """
        INSERT INTO inferences (id, request_id, task, models, width, height, timing, camera_id, device_id,
            captured_at, created_at, picture_bytes)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
        """

    /// Of a repeated call nothing happens: the row is there. One that is another inference's has a twin of the same
    /// identifier and breaks the key.
    private static let insertDetection = """
        INSERT INTO detections (id, inference_id, task, label, confidence, x, y, width, height, plate_number, plate_key,
            plate_skeleton, details, camera_id, device_id, captured_at, created_at, has_image)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET inference_id = CASE
            WHEN detections.inference_id = excluded.inference_id THEN detections.inference_id END
        """

    private static let recognise = """
        UPDATE detections SET person_id = ?, person_similarity = ?, person_cosine = ?
        WHERE id = ? AND EXISTS (SELECT 1 FROM persons WHERE id = ?)
        """
}

extension InferenceRecord {
    static func find(_ id: UUIDv7, _ db: any SQLSession, _ cipher: GalleryCipher) throws -> InferenceRecord? {
        guard let row = try db.row("SELECT * FROM inferences WHERE id = ?", [id]) else { return nil }
        let items = "SELECT \(DetectionRecord.columns) FROM detections WHERE inference_id = ? ORDER BY id"
        let detections = try db.rows(items, [id]).map { try DetectionRecord(row: $0, cipher) }
        return try InferenceRecord(row: row, detections: detections)
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

    static func find(_ id: UUIDv7, _ db: any SQLSession, _ cipher: GalleryCipher) throws -> DetectionRecord? {
        try db.row("SELECT \(columns) FROM detections WHERE id = ?", [id]).map { try DetectionRecord(row: $0, cipher) }
    }

    init(row: SQLRow, _ cipher: GalleryCipher) throws {
        guard let task = AnalysisTask(rawValue: try row.get("task")) else {
            throw StorageError(.damaged, "unknown task in a detection")
        }
        var details: DetectionDetails = try JSONColumn.value(row.get("details"))
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
            id: try row.get("id"), inferenceID: try row.get("inference_id"), task: task, label: try row.get("label"),
            confidence: try row.get("confidence"), boundingBox: box, plateNumber: try row.get("plate_number"),
            details: details, cameraID: try row.get("camera_id"), deviceID: try row.get("device_id"),
            capturedAt: try row.get("captured_at"), createdAt: try row.get("created_at"),
            hasImage: try row.get("has_image"))
    }
}
