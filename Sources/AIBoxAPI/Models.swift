/// One model version as `GET /models` shows it. Identity is name + version.
public struct ModelSummary: Codable, Sendable {
    public enum State: String, Codable, Sendable {
        /// Loaded and answering.
        case ready
        /// The file is there, no task uses it.
        case available
        /// The file is absent or its checksum is wrong; `reason` says which and what to do.
        case missing
        /// The file is there but the engine refused it; `reason` says why.
        case failed
    }

    public var name: String
    public var version: String
    public var task: String
    public var state: State
    public var reason: String?
    /// The engine that runs it, once ready.
    public var engine: String?
    public var licence: String
    public var bytes: Int
    public var sha256: String
    /// The tasks it serves here.
    public var serves: [String]

    public init(
        name: String, version: String, task: String, state: State, reason: String? = nil, engine: String? = nil,
        licence: String, bytes: Int, sha256: String, serves: [String]
    ) {
        self.name = name
        self.version = version
        self.task = task
        self.state = state
        self.reason = reason
        self.engine = engine
        self.licence = licence
        self.bytes = bytes
        self.sha256 = sha256
        self.serves = serves
    }
}
