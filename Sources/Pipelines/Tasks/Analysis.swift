import ModelCatalog
import Vision

/// What a caller wants of one picture.
public struct AnalysisOptions: Hashable, Sendable {
    /// What of the returned picture is made unrecognisable.
    public enum Blur: Hashable, Sendable {
        case faces, plates
        /// Faces that are nobody's in the gallery.
        case unknownFaces
    }

    /// Which vehicles a classifier looks at.
    public enum Classified: Hashable, Sendable {
        /// The largest; the whole picture when none is found.
        case largest
        case every
    }

    public var tasks: Set<ServedTask>
    /// Lowest score of a reported item; `nil` takes each model's own.
    public var threshold: Float?
    /// Upper bound of items per task.
    public var maximumResults: Int
    public var profile: ModelProfile
    /// ISO 3166-1: where the picture was taken, as far as the caller knows. Orders the candidates of plates.
    public var countryCode: String?
    /// What persons do, from their poses.
    public var behaviour = false
    public var classified: Classified?
    /// Draw the items on the picture.
    public var annotate: Bool
    public var blur: Blur?
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

    /// Whether person boxes are needed, reported or not.
    var needsPersons: Bool {
        behaviour || !tasks.isDisjoint(with: [.persons, .poses, .attributes, .reidentification])
    }

    /// Whether faces are needed, reported or not.
    var needsFaces: Bool { tasks.contains(.faces) || tasks.contains(.recognition) }

    /// Whether vehicles are looked for because of the plates on them.
    var needsCarriers: Bool { tasks.contains(.plates) || blur == .plates }
}

/// What was found in one picture. Boxes and points are pixels of the picture as displayed; lists are sorted by
/// score; a list is `nil` when its task was not asked for.
public struct Analysis: Sendable {
    public var width: Int
    public var height: Int
    public var persons: [Person]?
    public var faces: [Face]?
    public var vehicles: [Vehicle]?
    public var plates: [Plate]?
    public var poses: [BodyPose]?
    /// The models that took part.
    public var models: [LoadedModel]
    public var times: StageTimes
    /// What is made unrecognisable in the annotated picture.
    var hidden: [Rectangle] = []
    /// A JPEG with the items drawn on it, when it was asked for.
    public var annotated: [UInt8]?
}

extension Analysis {
    /// The face that is meant in a picture that was cut out around one: another may be larger and cut off at the edge.
    public var mostCentralFace: Face? {
        func distance(_ face: Face) -> Float {
            let box = face.detection.box
            return abs(2 * box.x + box.width - Float(width)) + abs(2 * box.y + box.height - Float(height))
        }
        return faces?.min { distance($0) < distance($1) }
    }
}

public struct Person: Sendable {
    public var detection: Detection
    public var attributes: [PersonAttribute]?
    /// A unit vector for re-identification.
    public var embedding: [Float]?
    public var behaviour: Behaviour?
}

/// What a person wears or carries.
public struct PersonAttribute: Hashable, Sendable {
    public var name: String
    /// `nil` where the model is not sure enough to say.
    public var isPresent: Bool?
    /// That it is there, 0–1.
    public var probability: Float
}

/// The body of one person.
public struct BodyPose: Sendable {
    public var detection: Detection
    public var pose: Pose
}

public struct Face: Sendable {
    public var detection: Detection
    /// Image-left eye, image-right eye, nose, mouth corners left and right.
    public var landmarks: [Point]
    public var quality: FaceQuality
    /// Of the present embedding model first, when recognition was asked for and the landmarks permit it.
    public var templates: [Template] = []
    /// `nil` when it was not examined.
    public var liveness: Liveness?
    /// Whom the caller recognised.
    public var identity: FaceIdentity?

    init(detection: Detection, quality: FaceQuality) {
        self.detection = detection
        self.quality = quality
        landmarks = detection.points.alignmentPoints
    }
}

/// A face as a unit vector, and the model that made it: vectors of different models are never compared.
public struct Template: Sendable {
    public var model: CatalogEntry
    public var vector: [Float]
}

/// How far a face is a living one's rather than that of a print or a screen.
public struct Liveness: Hashable, Sendable {
    /// 0–1.
    public var score: Float
    public var isLive: Bool
}

/// A person of the gallery.
public struct FaceIdentity: Hashable, Sendable {
    /// The caller's identifier.
    public var id: String
    public var name: String
    /// 0–1; 0.5 is the decision point.
    public var similarity: Float
    public var cosine: Float

    public init(id: String, name: String, similarity: Float, cosine: Float) {
        self.id = id
        self.name = name
        self.similarity = similarity
        self.cosine = cosine
    }
}

public struct Vehicle: Sendable {
    /// `car`, `truck`, `bus`, `motorcycle` or `bicycle`.
    public var type: String
    public var detection: Detection
    /// `nil` when it is not certain enough.
    public var colour: Classification.Class?
    /// The classes of the classifier, best first; `nil` when it was not asked.
    public var classes: [Classification.Class]?
    /// Nothing was found, and the whole picture was taken for a vehicle: the score is the classifier's.
    public var isWholePicture = false
}

public struct Plate: Sendable {
    public var detection: Detection
    public var corners: Quadrilateral
    public var reading: PlateReading
    /// ISO 3166-1 of the country whose plates look so; `nil` when several do, or none.
    public var countryCode: String?
    /// The vehicle that carries it, when one was found.
    public var vehicle: Vehicle?
}

extension [Point] {
    /// Five alignment points of a detector's: its own five, or of BlazeFace's six (eyes, nose, middle of the mouth,
    /// ears) with mouth corners that lie as far apart as they usually do for the distance of the eyes.
    fileprivate var alignmentPoints: [Point] {
        guard count == 6 else { return self }
        let across = Point(x: (self[1].x - self[0].x) * 0.4, y: (self[1].y - self[0].y) * 0.4)
        return [
            self[0], self[1], self[2], Point(x: self[3].x - across.x, y: self[3].y - across.y),
            Point(x: self[3].x + across.x, y: self[3].y + across.y),
        ]
    }
}
