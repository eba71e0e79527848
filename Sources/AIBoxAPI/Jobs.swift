/// How far a job is.
public enum JobState: String, Codable, Hashable, Sendable, CaseIterable {
    /// Waits for a worker, or for another attempt.
    case queued
    case running
    case done
    /// It failed as often as it may, or cannot succeed.
    case failed
    case cancelled

    /// - Throws: `DecodingError` that names the states.
    public init(from decoder: any Decoder) throws { self = try decoder.named(Self.self) }

    /// Whether nothing more will happen.
    public var isFinal: Bool { self != .queued && self != .running }
}

/// How much of a job is done, in units of its kind.
public struct JobProgress: Codable, Hashable, Sendable {
    public var done: Int
    /// `nil`: not known.
    public var total: Int?

    public init(done: Int = 0, total: Int? = nil) {
        self.done = done
        self.total = total
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(done, forKey: .done)
        try container.encode(total, forKey: .total)  // present as null
    }
}

extension Job {
    /// The kinds that only administrators may ask for and cancel: they concern the whole database.
    public enum Kind {
        public static let backup = "backup"
        public static let backupVerify = "backup-verify"
        public static let retention = "retention"
        public static let ofAdministrators: Set = [backup, backupVerify, retention]
    }
}

/// Work that goes on after the call that asked for it was answered.
public struct Job: Codable, Hashable, Sendable {
    public var id: UUIDv7
    /// What is to be done, such as `db-check`.
    public var kind: String
    public var state: JobState
    public var progress: JobProgress
    /// What the kind needs to know.
    public var payload: JSONValue
    /// What came out, of a job that is done; lists stand under `/jobs/{id}/results`.
    public var result: JSONValue?
    /// Why the last attempt failed.
    public var error: String?
    /// The greater comes first.
    public var priority: Int
    /// Attempts so far, the present one included.
    public var attempts: Int
    public var maxAttempts: Int
    /// Somebody wants it to end; it does when its worker next looks.
    public var cancelRequested: Bool
    /// The user who asked for it; `nil`: a schedule or the service itself.
    public var createdBy: UUIDv7?
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    /// Not before this moment.
    public var runAt: Timestamp
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?

    public init(
        id: UUIDv7 = UUIDv7(), kind: String, state: JobState = .queued, progress: JobProgress = JobProgress(),
        payload: JSONValue = .object([:]), result: JSONValue? = nil, error: String? = nil, priority: Int = 0,
        attempts: Int = 0, maxAttempts: Int = 1, cancelRequested: Bool = false, createdBy: UUIDv7? = nil,
        createdAt: Timestamp = .now, updatedAt: Timestamp = .now, runAt: Timestamp = .now,
        startedAt: Timestamp? = nil, finishedAt: Timestamp? = nil
    ) {
        self.id = id
        self.kind = kind
        self.state = state
        self.progress = progress
        self.payload = payload
        self.result = result
        self.error = error
        self.priority = priority
        self.attempts = attempts
        self.maxAttempts = maxAttempts
        self.cancelRequested = cancelRequested
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.runAt = runAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }

    enum CodingKeys: String, CodingKey {
        case id, kind, state, progress, payload, result, error, priority, attempts
        case maxAttempts = "max_attempts"
        case cancelRequested = "cancel_requested"
        case createdBy = "created_by"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case runAt = "run_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(kind, forKey: .kind)
        try container.encode(state, forKey: .state)
        try container.encode(progress, forKey: .progress)
        try container.encode(payload, forKey: .payload)
        try container.encode(priority, forKey: .priority)
        try container.encode(attempts, forKey: .attempts)
        try container.encode(maxAttempts, forKey: .maxAttempts)
        try container.encode(cancelRequested, forKey: .cancelRequested)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(updatedAt, forKey: .updatedAt)
        try container.encode(runAt, forKey: .runAt)
        // Present as null.
        try container.encode(result, forKey: .result)
        try container.encode(error, forKey: .error)
        try container.encode(createdBy, forKey: .createdBy)
        try container.encode(startedAt, forKey: .startedAt)
        try container.encode(finishedAt, forKey: .finishedAt)
    }
}

/// The body of `POST /jobs`.
public struct NewJob: Codable, Hashable, Sendable {
    public var kind: String
    /// An empty object when left out.
    public var payload: JSONValue?
    /// -100 to 100; 0 when left out. The greater comes first.
    public var priority: Int?

    public init(kind: String, payload: JSONValue? = nil, priority: Int? = nil) {
        self.kind = kind
        self.payload = payload
        self.priority = priority
    }
}

/// The filters of `GET /jobs`; absent means any.
public struct JobQuery: Codable, Hashable, Sendable {
    public var state: JobState?
    public var kind: String?
    /// 1–500.
    public var limit: Int = 50
    /// Opaque: the `next_cursor` of the page before.
    public var cursor: String?

    public init() {}
}

/// One piece of what a job has found.
public struct JobResult: Codable, Hashable, Sendable {
    /// 1, 2, 3 … in the order in which they were found.
    public var sequence: Int
    public var value: JSONValue

    public init(sequence: Int, value: JSONValue) {
        self.sequence = sequence
        self.value = value
    }
}

/// A piece of a job's results.
public struct JobResultQuery: Codable, Hashable, Sendable {
    /// 1–500.
    public var limit: Int = 50
    /// Opaque: the `next_cursor` of the page before.
    public var cursor: String?

    public init() {}
}
