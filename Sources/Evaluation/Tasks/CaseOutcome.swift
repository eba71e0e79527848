/// What one run on one picture gave: all that the metrics need of it, kept in the journal.
public struct CaseOutcome: Hashable, Sendable, Codable {
    /// Boxes of persons, vehicles, faces, plates, poses; a person with `attributes` for behaviour.
    public var objects: [DetectedObject]
    /// Of the face or body that the picture shows, of any length; `nil` when none was found.
    public var embedding: [Float]?
    /// The liveness decision; `nil` when none was made.
    public var isTakenForLive: Bool?
    /// The liveness score or another one to be shown.
    public var score: Double?
    /// The whole run.
    public var milliseconds: Double?
    /// Stages by name.
    public var stages: [String: Double]
    /// Why there is no answer.
    public var failure: String?

    public init(
        objects: [DetectedObject] = [], embedding: [Float]? = nil, isTakenForLive: Bool? = nil, score: Double? = nil,
        milliseconds: Double? = nil, stages: [String: Double] = [:], failure: String? = nil
    ) {
        self.objects = objects
        self.embedding = embedding
        self.isTakenForLive = isTakenForLive
        self.score = score
        self.milliseconds = milliseconds
        self.stages = stages
        self.failure = failure
    }
}
