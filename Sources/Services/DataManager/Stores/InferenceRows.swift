import AIBoxAPI
import Foundation
import GRDB

/// An inference and its detections as values to bind, made ready outside the transaction that all writes share.
struct InferenceRows: Sendable {
    private let inference: StatementArguments
    private let detections: [(row: StatementArguments, person: FaceMatch?)]

    /// Camera, device and times of the detections are those of the inference, whatever they say themselves.
    init(_ record: InferenceRecord, pictureBytes: Int?) throws(Problem) {
        inference = [
            record.id, record.requestID, record.task, try JSONColumn.text(record.models, field: "models"),
            record.image.width, record.image.height, try JSONColumn.text(record.timing, field: "timing"),
            record.cameraID, record.deviceID, record.capturedAt, record.createdAt, pictureBytes,
        ]
        var detections: [(row: StatementArguments, person: FaceMatch?)] = []
        for item in record.detections {
            var unnamed = item.details
            unnamed.person = nil
            let details = try JSONColumn.text(unnamed, field: "detections")
            let box = item.boundingBox
            let row: StatementArguments = [
                item.id, record.id, item.task.rawValue, item.label, item.confidence, box.x, box.y, box.width,
                box.height, item.plateNumber, details, record.cameraID, record.deviceID, record.capturedAt,
                record.createdAt, pictureBytes != nil,
            ]
            detections.append((row, item.details.person))
        }
        self.detections = detections
    }

    /// Does nothing when the inference is there already: the caller has repeated a call whose answer was lost.
    /// A face whose person has been deleted since it was recognised is stored as a stranger's.
    func insert(_ db: Database) throws {
        try db.cachedStatement(sql: Self.insertInference).execute(arguments: inference)
        guard db.changesCount > 0, !detections.isEmpty else { return }
        let statement = try db.cachedStatement(sql: Self.insertDetection)
        for (row, person) in detections {
            let known = try person.flatMap { try Person.exists($0.id, db) ? $0 : nil }
            try statement.execute(arguments: row + [known?.id, known?.similarity, known?.cosine])
        }
    }

    private static let insertInference = """
        INSERT INTO inferences (id, request_id, task, models, width, height, timing, camera_id, device_id,
            captured_at, created_at, picture_bytes)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
        """

    private static let insertDetection = """
        INSERT INTO detections (id, inference_id, task, label, confidence, x, y, width, height, plate_number, details,
            camera_id, device_id, captured_at, created_at, has_image, person_id, person_similarity, person_cosine)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
}

extension InferenceRecord {
    static func find(_ id: UUIDv7, _ db: Database) throws -> InferenceRecord? {
        let select = try db.cachedStatement(sql: "SELECT * FROM inferences WHERE id = ?")
        guard let row = try Row.fetchOne(select, arguments: [id]) else { return nil }
        let items = try db.cachedStatement(sql: "\(DetectionRecord.select) WHERE inference_id = ? ORDER BY id")
        let detections = try Row.fetchAll(items, arguments: [id]).map(DetectionRecord.init(row:))
        return try InferenceRecord(row: row, detections: detections)
    }

    private init(row: Row, detections: [DetectionRecord]) throws {
        let pictureBytes: Int? = row["picture_bytes"]
        self.init(
            id: row["id"], requestID: row["request_id"], task: row["task"], models: try JSONColumn.value(row["models"]),
            image: ImageSize(width: row["width"], height: row["height"]), timing: try JSONColumn.value(row["timing"]),
            cameraID: row["camera_id"], deviceID: row["device_id"], capturedAt: row["captured_at"],
            createdAt: row["created_at"], hasImage: pictureBytes != nil, detections: detections)
    }
}

extension DetectionRecord {
    /// With the name that the recognised person has now.
    static let columns = """
        *, (SELECT content FROM sealed WHERE slot = (SELECT text_slot FROM persons WHERE id = person_id)) AS person_text
        """
    fileprivate static let select = "SELECT \(columns) FROM detections"

    static func find(_ id: UUIDv7, _ db: Database) throws -> DetectionRecord? {
        let select = try db.cachedStatement(sql: "\(select) WHERE id = ?")
        return try Row.fetchOne(select, arguments: [id]).map(DetectionRecord.init(row:))
    }

    init(row: Row) throws {
        guard let task = AnalysisTask(rawValue: row["task"]) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "unknown task in a detection")
        }
        var details: DetectionDetails = try JSONColumn.value(row["details"])
        if let id: UUIDv7 = row["person_id"], let text: Data = row["person_text"], let name = PersonText.name(in: text)
        {
            details.person = FaceMatch(
                id: id, name: name, similarity: row["person_similarity"], cosine: row["person_cosine"])
        }
        self.init(
            id: row["id"], inferenceID: row["inference_id"], task: task, label: row["label"],
            confidence: row["confidence"],
            boundingBox: BoundingBox(x: row["x"], y: row["y"], width: row["width"], height: row["height"]),
            plateNumber: row["plate_number"], details: details, cameraID: row["camera_id"], deviceID: row["device_id"],
            capturedAt: row["captured_at"], createdAt: row["created_at"], hasImage: row["has_image"])
    }
}
