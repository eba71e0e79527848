import AIBoxAPI
import NIOCore

/// What the gateway asks of the model server. Two implementations: `ModelServer` itself (in process) and
/// `HTTPModelServer`.
///
/// Every call throws `Problem`, whichever side of the wire it was made on; cancelling the calling task cancels
/// the work.
public protocol ModelServing: Sendable {
    /// Analyses one encoded picture (JPEG, PNG, WebP, BMP, GIF; recognised by content).
    func analyze(_ picture: ByteBuffer, _ request: AnalysisRequest) async throws -> AnalysisOutcome

    func models() async throws -> [ModelSummary]

    func health() async throws -> ServiceHealth
}

/// What to look for and how.
public struct AnalysisRequest: Codable, Sendable {
    public var tasks: [AnalysisTask]
    /// Lowest confidence of an item, 0–1; `nil` takes each model's own.
    public var threshold: Double?
    /// Upper bound of items per task, 1–1000.
    public var maxResults: Int = 100
    public var profile: AnalysisProfile = .balanced
    /// ISO 3166-1 alpha-2 hint for plates.
    public var countryCode: String?
    /// Whether the outcome carries the picture with boxes and labels drawn on it.
    public var annotate: Bool = false
    /// Milliseconds that are left for the answer; work that cannot meet it is refused with 503.
    public var deadlineMS: Int?
    public var requestID: String

    public init(tasks: [AnalysisTask], requestID: String) {
        self.tasks = tasks
        self.requestID = requestID
    }

    enum CodingKeys: String, CodingKey {
        case tasks, threshold, profile, annotate
        case maxResults = "max_results"
        case countryCode = "country_code"
        case deadlineMS = "deadline_ms"
        case requestID = "request_id"
    }
}

public struct AnalysisOutcome: Sendable {
    public var result: AnalysisResult
    /// A JPEG, when `annotate` was asked for.
    public var annotated: ByteBuffer?

    public init(result: AnalysisResult, annotated: ByteBuffer? = nil) {
        self.result = result
        self.annotated = annotated
    }
}
