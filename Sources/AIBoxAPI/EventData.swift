/// The `data` of one type of event.
public protocol EventData: Codable, Hashable, Sendable {
    static var type: EventType { get }
    /// The `subject` of the event.
    var subject: String { get }
}

/// An analysed picture was stored.
public struct ModelInferenceCompleted: EventData {
    public static let type = EventType.modelInferenceCompleted

    public var inferenceID: UUIDv7
    /// As in the answer, e.g. `vehicle-detection` or `analyze`.
    public var task: String
    /// `name@version`.
    public var models: [String]
    /// Items by what they are: `person`, `face`, `plate`, or the kind of a vehicle.
    public var counts: [String: Int]
    public var cameraID: String?
    public var deviceID: String?
    public var capturedAt: Timestamp
    /// Whether the picture was stored too.
    public var hasImage: Bool

    public var subject: String { inferenceID.description }

    public init(
        inferenceID: UUIDv7, task: String, models: [String], counts: [String: Int], cameraID: String?,
        deviceID: String?, capturedAt: Timestamp, hasImage: Bool
    ) {
        (self.inferenceID, self.task, self.models, self.counts) = (inferenceID, task, models, counts)
        (self.cameraID, self.deviceID, self.capturedAt) = (cameraID, deviceID, capturedAt)
        self.hasImage = hasImage
    }

    enum CodingKeys: String, CodingKey {
        case task, models, counts
        case inferenceID = "inference_id"
        case cameraID = "camera_id"
        case deviceID = "device_id"
        case capturedAt = "captured_at"
        case hasImage = "has_image"
    }
}

/// A person or a face was added, changed or removed.
public struct GalleryChanged: EventData {
    public enum Change: String, Codable, Hashable, Sendable, CaseIterable {
        case personCreated = "person_created"
        case personUpdated = "person_updated"
        case personDeleted = "person_deleted"
        case faceAdded = "face_added"
        case faceUpdated = "face_updated"
        case faceRemoved = "face_removed"
    }

    public static let type = EventType.galleryChanged

    public var change: Change
    public var personID: UUIDv7
    public var faceID: UUIDv7?

    public var subject: String { personID.description }

    public init(_ change: Change, person: UUIDv7, face: UUIDv7? = nil) {
        (self.change, personID, faceID) = (change, person, face)
    }

    enum CodingKeys: String, CodingKey {
        case change
        case personID = "person_id"
        case faceID = "face_id"
    }
}

/// An entry of the known plates was added, changed or removed.
public struct KnownPlatesChanged: EventData {
    public enum Change: String, Codable, Hashable, Sendable, CaseIterable {
        case created, updated, deleted
    }

    public static let type = EventType.knownPlatesChanged

    public var change: Change
    public var plateID: UUIDv7
    /// The list that it is in now; absent when it was deleted.
    public var list: PlateList?

    public var subject: String { plateID.description }

    public init(_ change: Change, plate: UUIDv7, list: PlateList? = nil) {
        (self.change, plateID, self.list) = (change, plate, list)
    }

    enum CodingKeys: String, CodingKey {
        case change, list
        case plateID = "plate_id"
    }
}

/// A device came, went, or was taken into or out of maintenance.
public struct DeviceStatusChanged: EventData {
    public static let type = EventType.deviceStatusChanged

    public var deviceID: UUIDv7
    /// `nil`: it was registered just now.
    public var previous: DeviceStatus?
    public var status: DeviceStatus

    public var subject: String { deviceID.description }

    public init(device: UUIDv7, from previous: DeviceStatus?, to status: DeviceStatus) {
        (deviceID, self.previous, self.status) = (device, previous, status)
    }

    enum CodingKeys: String, CodingKey {
        case previous, status
        case deviceID = "device_id"
    }
}

/// An alert was raised that was not open before.
public struct SystemAlertTriggered: EventData {
    public static let type = EventType.systemAlertTriggered

    public var alertID: UUIDv7
    public var kind: SystemAlert.Kind
    public var severity: SystemAlert.Severity
    public var message: String
    public var state: SystemAlert.State

    public var subject: String { alertID.description }

    public init(_ alert: SystemAlert) {
        (alertID, kind, severity) = (alert.id, alert.kind, alert.severity)
        (message, state) = (alert.message, alert.state)
    }

    enum CodingKeys: String, CodingKey {
        case kind, severity, message, state
        case alertID = "alert_id"
    }
}

/// Somebody has seen to an alert.
public struct SystemAlertAcknowledged: EventData {
    public static let type = EventType.systemAlertAcknowledged

    public var alertID: UUIDv7
    public var kind: SystemAlert.Kind
    /// The user's name.
    public var acknowledgedBy: String

    public var subject: String { alertID.description }

    public init(alert: UUIDv7, kind: SystemAlert.Kind, by user: String) {
        (alertID, self.kind, acknowledgedBy) = (alert, kind, user)
    }

    enum CodingKeys: String, CodingKey {
        case kind
        case alertID = "alert_id"
        case acknowledgedBy = "acknowledged_by"
    }
}

/// A backup has ended, well or not.
public struct DataBackupCompleted: EventData {
    public static let type = EventType.dataBackupCompleted

    public var backupID: UUIDv7
    public var succeeded: Bool
    /// Of the whole backup; 0 when it failed.
    public var bytes: Int64
    public var durationMS: Double
    /// Why it failed.
    public var error: String?

    public var subject: String { backupID.description }

    public init(backup: UUIDv7, succeeded: Bool, bytes: Int64, durationMS: Double, error: String? = nil) {
        (backupID, self.succeeded, self.bytes) = (backup, succeeded, bytes)
        (self.durationMS, self.error) = (durationMS, error)
    }

    enum CodingKeys: String, CodingKey {
        case succeeded, bytes, error
        case backupID = "backup_id"
        case durationMS = "duration_ms"
    }
}

/// What `POST /webhooks/{id}/test` sends.
public struct WebhookTest: EventData {
    public static let type = EventType.webhookTest

    public var webhookID: UUIDv7

    public var subject: String { webhookID.description }

    public init(webhook: UUIDv7) { webhookID = webhook }

    enum CodingKeys: String, CodingKey {
        case webhookID = "webhook_id"
    }
}
