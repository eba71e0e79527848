import AIBoxAPI
import NIOCore

/// What the gateway asks of the model server. Two implementations: `ModelServer` itself (in process) and
/// `HTTPModelServer`.
///
/// Every call throws `Problem`, whichever side of the wire it was made on; cancelling the calling task cancels
/// the work.
public protocol ModelServing: Sendable {
    /// Analyses one encoded picture (JPEG, PNG, WebP, BMP, GIF, HEIC, AVIF; recognised by content).
    func analyze(_ picture: ByteBuffer, _ request: AnalysisRequest) async throws -> AnalysisOutcome

    /// Looks for the one face of a picture that is to join the gallery.
    func enrol(_ picture: ByteBuffer, _ request: EnrolmentRequest) async throws -> EnrolmentOutcome

    /// Compares the one face of each of two pictures.
    func verify(
        _ picture: ByteBuffer, with other: ByteBuffer, _ request: VerificationRequest
    ) async throws -> VerificationAnswer

    /// Compares the gallery with itself.
    /// - Parameter limit: of the pairs and of the strays, 1–1000.
    func checkGallery(limit: Int) async throws -> GalleryReport

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
    /// Look faces up in the gallery, judge their quality and whether they are alive.
    public var recognize: Bool = false
    /// A face that is not alive is nobody.
    public var requireLive: Bool = false
    /// What persons wear and carry.
    public var attributes: Bool = false
    /// What persons do.
    public var behavior: Bool = false
    /// A re-identification vector for each person.
    public var embedding: Bool = false
    /// Which vehicles are classified.
    public var classify: ClassifiedVehicles?
    /// Whether the outcome carries the picture with boxes and labels drawn on it.
    public var annotate: Bool = false
    /// Made unrecognisable in the picture of the outcome.
    public var blur: PrivacyBlur?
    /// Milliseconds that are left for the answer; work that cannot meet it is refused with 503.
    public var deadlineMS: Int?
    public var requestID: String

    public init(tasks: [AnalysisTask], requestID: String) {
        self.tasks = tasks
        self.requestID = requestID
    }

    enum CodingKeys: String, CodingKey {
        case tasks, threshold, profile, annotate, recognize, attributes, behavior, embedding, classify, blur
        case requireLive = "require_live"
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
