/// Something that wants a person's attention. Of one kind and subject at most one is open at a time.
public struct SystemAlert: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// The disk of the data folder is nearly full.
        case diskLow = "disk_low"
        /// The database failed for a while; it works again.
        case databaseFailed = "database_failed"
        /// An event could not be delivered to a webhook in all its attempts.
        case deliveryDead = "delivery_dead"
        /// A webhook was switched off, because its receiver said so or is too far behind.
        case webhookDisabled = "webhook_disabled"
        /// A job failed in all its attempts.
        case jobFailed = "job_failed"
        /// Events cannot be passed on.
        case relayFailed = "relay_failed"
        /// Stored pictures or files are damaged or missing.
        case blobDamaged = "blob_damaged"
    }

    public enum Severity: String, Codable, Hashable, Sendable, CaseIterable {
        case info, warning, critical
    }

    public enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// Nobody has seen to it.
        case open
        /// Somebody has; its cause may last.
        case acknowledged
        /// The cause is gone.
        case resolved
    }

    public var id: UUIDv7
    public var kind: Kind
    public var severity: Severity
    /// The identifier of what it is about, if there is one.
    public var subject: String?
    public var message: String
    public var state: State
    public var raisedAt: Timestamp
    public var acknowledgedAt: Timestamp?
    /// The user's name.
    public var acknowledgedBy: String?
    public var resolvedAt: Timestamp?

    public init(
        id: UUIDv7 = UUIDv7(), kind: Kind, severity: Severity, subject: String? = nil, message: String,
        state: State = .open, raisedAt: Timestamp = .now, acknowledgedAt: Timestamp? = nil,
        acknowledgedBy: String? = nil, resolvedAt: Timestamp? = nil
    ) {
        (self.id, self.kind, self.severity, self.subject) = (id, kind, severity, subject)
        (self.message, self.state, self.raisedAt) = (message, state, raisedAt)
        (self.acknowledgedAt, self.acknowledgedBy, self.resolvedAt) = (acknowledgedAt, acknowledgedBy, resolvedAt)
    }

    enum CodingKeys: String, CodingKey {
        case id, kind, severity, subject, message, state
        case raisedAt = "raised_at"
        case acknowledgedAt = "acknowledged_at"
        case acknowledgedBy = "acknowledged_by"
        case resolvedAt = "resolved_at"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(kind, forKey: .kind)
        try container.encode(severity, forKey: .severity)
        try container.encode(subject, forKey: .subject)  // present as null, as those below
        try container.encode(message, forKey: .message)
        try container.encode(state, forKey: .state)
        try container.encode(raisedAt, forKey: .raisedAt)
        try container.encode(acknowledgedAt, forKey: .acknowledgedAt)
        try container.encode(acknowledgedBy, forKey: .acknowledgedBy)
        try container.encode(resolvedAt, forKey: .resolvedAt)
    }
}

/// The filters of `GET /system/alerts`; absent means any.
public struct SystemAlertQuery: Codable, Hashable, Sendable {
    public var state: SystemAlert.State?
    /// 1–500.
    public var limit: Int = 50
    /// Opaque: the `next_cursor` of the page before.
    public var cursor: String?

    public init() {}
}
