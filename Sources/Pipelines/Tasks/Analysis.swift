import ModelCatalog
import Vision

/// What a caller wants of one picture.
public struct AnalysisOptions: Hashable, Sendable {
    public var tasks: Set<ServedTask>
    /// Lowest score of a reported item; `nil` takes each model's own.
    public var threshold: Float?
    /// Upper bound of items per task.
    public var maximumResults: Int
    public var profile: ModelProfile
    /// Draw the items on the picture.
    public var annotate: Bool
    /// Work that cannot be done by then is refused.
    public var deadline: ContinuousClock.Instant?

    public init(
        tasks: Set<ServedTask>, threshold: Float? = nil, maximumResults: Int = 100,
        profile: ModelProfile = .balanced, annotate: Bool = false, deadline: ContinuousClock.Instant? = nil
    ) {
        self.tasks = tasks
        self.threshold = threshold
        self.maximumResults = maximumResults
        self.profile = profile
        self.annotate = annotate
        self.deadline = deadline
    }
}

/// What was found in one picture. Boxes and points are pixels of the picture as displayed; lists are sorted by
/// score; a list is `nil` when its task was not asked for.
public struct Analysis: Sendable {
    public var width: Int
    public var height: Int
    public var persons: [Detection]?
    public var faces: [Face]?
    public var vehicles: [Vehicle]?
    public var plates: [Plate]?
    /// The models that took part.
    public var models: [LoadedModel]
    public var times: StageTimes
    /// A JPEG with the items drawn on it, when it was asked for.
    public var annotated: [UInt8]?
}

public struct Face: Sendable {
    public var detection: Detection
    /// 0–1, how far the face suits recognition.
    public var quality: Float
}

public struct Vehicle: Sendable {
    /// `car`, `truck`, `bus`, `motorcycle` or `bicycle`.
    public var type: String
    public var detection: Detection
}

public struct Plate: Sendable {
    public var detection: Detection
    public var corners: Quadrilateral
    public var reading: PlateReading
    /// The vehicle that carries it, when one was found.
    public var vehicle: Vehicle?
}
