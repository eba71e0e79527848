/// An address to which events are sent. Its secret is shown once, when it is made.
public struct Webhook: Codable, Hashable, Sendable {
    public var id: UUIDv7
    public var url: String
    /// Types that are sent; empty: all.
    public var events: [EventType]
    public var description: String
    public var isActive: Bool
    /// Why it was switched off, unless a user did it.
    public var disabledReason: String?
    /// Of the last change.
    public var updatedAt: Timestamp
    public var createdAt: Timestamp
    /// `whsec_` and base 64; only in the answer that made the webhook or its secret.
    public var secret: String?

    public init(
        id: UUIDv7 = UUIDv7(), url: String, events: [EventType] = [], description: String = "", isActive: Bool = true,
        disabledReason: String? = nil, createdAt: Timestamp = .now, updatedAt: Timestamp = .now, secret: String? = nil
    ) {
        (self.id, self.url, self.events, self.description) = (id, url, events, description)
        (self.isActive, self.disabledReason, self.secret) = (isActive, disabledReason, secret)
        (self.createdAt, self.updatedAt) = (createdAt, updatedAt)
    }

    enum CodingKeys: String, CodingKey {
        case id, url, events, description, secret
        case isActive = "active"
        case disabledReason = "disabled_reason"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(url, forKey: .url)
        try container.encode(events, forKey: .events)
        try container.encode(description, forKey: .description)
        try container.encode(isActive, forKey: .isActive)
        try container.encode(disabledReason, forKey: .disabledReason)  // present as null
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(updatedAt, forKey: .updatedAt)
        try container.encodeIfPresent(secret, forKey: .secret)
    }
}

/// The body of `POST /webhooks`.
public struct NewWebhook: Codable, Hashable, Sendable {
    /// `https` or `http`, without a user name or a password.
    public var url: String
    /// All when left out.
    public var events: [EventType]?
    /// `whsec_` and base 64 of 24 to 64 bytes; made when left out.
    public var secret: String?
    public var description: String?
    public var isActive: Bool?

    public init(
        url: String, events: [EventType]? = nil, secret: String? = nil, description: String? = nil,
        isActive: Bool? = nil
    ) {
        (self.url, self.events, self.secret) = (url, events, secret)
        (self.description, self.isActive) = (description, isActive)
    }

    enum CodingKeys: String, CodingKey {
        case url, events, secret, description
        case isActive = "active"
    }
}

/// The body of `PATCH /webhooks/{id}`: absent members stay as they are.
public struct WebhookChange: Codable, Hashable, Sendable {
    public var url: String?
    public var events: [EventType]?
    public var secret: String?
    public var description: String?
    public var isActive: Bool?

    public init(
        url: String? = nil, events: [EventType]? = nil, secret: String? = nil, description: String? = nil,
        isActive: Bool? = nil
    ) {
        (self.url, self.events, self.secret) = (url, events, secret)
        (self.description, self.isActive) = (description, isActive)
    }

    enum CodingKeys: String, CodingKey {
        case url, events, secret, description
        case isActive = "active"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        url = try container.decodeUnlessAbsent(String.self, forKey: .url)
        events = try container.decodeUnlessAbsent([EventType].self, forKey: .events)
        secret = try container.decodeUnlessAbsent(String.self, forKey: .secret)
        description = try container.decodeUnlessAbsent(String.self, forKey: .description)
        isActive = try container.decodeUnlessAbsent(Bool.self, forKey: .isActive)
    }
}

/// One event on its way to one webhook.
public struct WebhookDelivery: Codable, Hashable, Sendable {
    public enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// Not tried yet.
        case pending
        case succeeded
        /// The last attempt failed; there will be another one.
        case failed
        /// Given up.
        case dead
    }

    public var id: UUIDv7
    public var webhookID: UUIDv7
    /// What the receiver sees as `webhook-id`; the same in every attempt.
    public var eventID: UUIDv7
    public var eventType: String
    public var sequence: Int64
    public var state: State
    public var attempts: Int
    public var createdAt: Timestamp
    /// `nil` when there will be none.
    public var nextAttemptAt: Timestamp?
    public var lastAttemptAt: Timestamp?
    /// The HTTP status of the last answer.
    public var lastStatus: Int?
    /// Why the last attempt failed.
    public var lastError: String?
    public var lastDurationMS: Double?

    public init(
        id: UUIDv7, webhookID: UUIDv7, eventID: UUIDv7, eventType: String, sequence: Int64, state: State,
        attempts: Int, createdAt: Timestamp, nextAttemptAt: Timestamp?, lastAttemptAt: Timestamp?, lastStatus: Int?,
        lastError: String?, lastDurationMS: Double?
    ) {
        (self.id, self.webhookID, self.eventID) = (id, webhookID, eventID)
        (self.eventType, self.sequence, self.state, self.attempts) = (eventType, sequence, state, attempts)
        (self.createdAt, self.nextAttemptAt, self.lastAttemptAt) = (createdAt, nextAttemptAt, lastAttemptAt)
        (self.lastStatus, self.lastError, self.lastDurationMS) = (lastStatus, lastError, lastDurationMS)
    }

    enum CodingKeys: String, CodingKey {
        case id, sequence, state, attempts
        case webhookID = "webhook_id"
        case eventID = "event_id"
        case eventType = "event_type"
        case createdAt = "created_at"
        case nextAttemptAt = "next_attempt_at"
        case lastAttemptAt = "last_attempt_at"
        case lastStatus = "last_status"
        case lastError = "last_error"
        case lastDurationMS = "last_duration_ms"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(webhookID, forKey: .webhookID)
        try container.encode(eventID, forKey: .eventID)
        try container.encode(eventType, forKey: .eventType)
        try container.encode(sequence, forKey: .sequence)
        try container.encode(state, forKey: .state)
        try container.encode(attempts, forKey: .attempts)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(nextAttemptAt, forKey: .nextAttemptAt)  // present as null, as those below
        try container.encode(lastAttemptAt, forKey: .lastAttemptAt)
        try container.encode(lastStatus, forKey: .lastStatus)
        try container.encode(lastError, forKey: .lastError)
        try container.encode(lastDurationMS, forKey: .lastDurationMS)
    }
}

/// The answer of `POST /webhooks/{id}/test`.
public struct WebhookAttempt: Codable, Hashable, Sendable {
    public var succeeded: Bool
    /// The HTTP status of the answer, if there was one.
    public var status: Int?
    /// Why it failed.
    public var error: String?
    public var durationMS: Double

    public init(succeeded: Bool, status: Int?, error: String?, durationMS: Double) {
        (self.succeeded, self.status, self.error, self.durationMS) = (succeeded, status, error, durationMS)
    }

    enum CodingKeys: String, CodingKey {
        case succeeded, status, error
        case durationMS = "duration_ms"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(succeeded, forKey: .succeeded)
        try container.encode(status, forKey: .status)  // present as null
        try container.encode(error, forKey: .error)  // present as null
        try container.encode(durationMS, forKey: .durationMS)
    }
}

/// A page of webhooks, newest first.
public struct WebhookQuery: Codable, Hashable, Sendable {
    /// 1–500.
    public var limit: Int = 50
    /// Opaque: the `next_cursor` of the page before.
    public var cursor: String?

    public init() {}
}

/// The filters of `GET /webhooks/{id}/deliveries`; absent means any.
public struct WebhookDeliveryQuery: Codable, Hashable, Sendable {
    public var state: WebhookDelivery.State?
    /// 1–500.
    public var limit: Int = 50
    /// Opaque: the `next_cursor` of the page before.
    public var cursor: String?

    public init() {}
}
