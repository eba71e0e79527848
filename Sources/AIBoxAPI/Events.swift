/// What can happen. A consumer ignores types that it does not know.
public enum EventType: String, Codable, Hashable, Sendable, CaseIterable {
    case modelInferenceCompleted = "ModelInferenceCompleted"
    case galleryChanged = "GalleryChanged"
    case knownPlatesChanged = "KnownPlatesChanged"
    case deviceStatusChanged = "DeviceStatusChanged"
    case systemAlertTriggered = "SystemAlertTriggered"
    case systemAlertAcknowledged = "SystemAlertAcknowledged"
    case dataBackupCompleted = "DataBackupCompleted"
    /// Sent by `POST /webhooks/{id}/test` alone; never part of the stream.
    case webhookTest = "WebhookTest"

    /// Those that the stream has.
    public static var streamed: [EventType] { allCases.filter { $0 != .webhookTest } }
}

/// Something that has happened, in the form of CloudEvents 1.0 (JSON format). Its `data` is described by
/// `api/events/<type>.json`.
///
/// Events are numbered without gaps in the order in which their causes were stored. An event never carries a name, a
/// picture or a template of a person, nor the number of a plate.
public struct Event: Codable, Hashable, Sendable {
    public static let version = "1.0"

    public var specversion = Event.version
    public var id: UUIDv7
    /// Who has raised it: `/aibox`.
    public var source: String
    /// The raw value of an `EventType`, or one of a later version.
    public var type: String
    public var time: Timestamp
    /// The identifier of what it is about.
    public var subject: String?
    /// 1, 2, 3 …; `nil` for one that is not part of the stream.
    public var sequence: Int64?
    public var data: JSONValue

    public init(
        id: UUIDv7 = UUIDv7(), source: String = "/aibox", type: EventType, time: Timestamp = .now, subject: String?,
        sequence: Int64?, data: JSONValue
    ) {
        (self.id, self.source, self.type, self.time) = (id, source, type.rawValue, time)
        (self.subject, self.sequence, self.data) = (subject, sequence, data)
    }
}

/// A piece of the stream.
public struct EventBatch: Codable, Sendable {
    /// In order of their sequence, without a gap but for the types that were not asked for.
    public var events: [Event]
    /// Where to go on: the sequence of the last event that was looked at.
    public var next: Int64
    /// Whether events between the wanted sequence and these are no longer kept, or the wanted sequence has never been.
    public var hasGap: Bool

    public init(events: [Event], next: Int64, hasGap: Bool = false) {
        (self.events, self.next, self.hasGap) = (events, next, hasGap)
    }

    enum CodingKeys: String, CodingKey {
        case events, next
        case hasGap = "has_gap"
    }
}

/// Which events are wanted.
public struct EventQuery: Codable, Hashable, Sendable {
    /// The sequence of the last event that the reader has; `nil`: only what happens from now on.
    public var after: Int64?
    /// 1–500.
    public var limit = 100
    /// How long to wait for the first event, 0–20,000 ms.
    public var waitMS = 0
    /// Empty: all.
    public var types: [EventType] = []

    public init(after: Int64? = nil) { self.after = after }

    enum CodingKeys: String, CodingKey {
        case after, limit, types
        case waitMS = "wait_ms"
    }
}
