/// What can be asked of a picture. Raw values are the names in URLs, the command line and stored rows.
public enum AnalysisTask: String, Codable, Hashable, Sendable, CaseIterable {
    case persons, faces, vehicles, plates, poses
}

/// Speed against accuracy; each model says in the catalogue what a profile means for it.
public enum AnalysisProfile: String, Codable, Hashable, Sendable, CaseIterable {
    case fast, balanced, accurate
}

/// What of a returned picture is made unrecognisable.
public enum PrivacyBlur: String, Codable, Hashable, Sendable, CaseIterable {
    case faces, plates
    /// Faces of persons who are not in the gallery.
    case unknownFaces = "unknown_faces"
}

/// Which vehicles a classifier looks at.
public enum ClassifiedVehicles: String, Codable, Hashable, Sendable, CaseIterable {
    /// The largest, or the whole picture when none is found.
    case largest
    case all
}

/// When an answer may be given relative to storing it.
public enum StoreMode: String, Codable, Hashable, Sendable, CaseIterable {
    /// The answer leaves after the rows are fsynced.
    case sync
    /// The answer leaves after the rows are fsynced in the gateway's spool, from which they are stored soon after.
    case async
    /// Nothing is stored.
    case none
}

/// The answer of every analysis route. Only the item lists of the requested tasks are present.
public struct AnalysisAnswer: Codable, Sendable {
    /// The stored inference; `null` when nothing was stored.
    public var id: UUIDv7?
    public var requestID: String
    /// The task, or `analyze` when several were asked for.
    public var task: String
    public var models: [ModelUse]
    public var image: ImageSize
    public var persons: [PersonItem]?
    public var personCount: Int?
    public var faces: [FaceItem]?
    public var vehicles: [VehicleItem]?
    public var plates: [PlateItem]?
    public var poses: [PoseItem]?
    public var processingTimeMS: Double
    public var timing: StageTiming

    public init(id: UUIDv7?, requestID: String, task: String, result: AnalysisResult, processingTimeMS: Double) {
        self.id = id
        self.requestID = requestID
        self.task = task
        models = result.models
        image = result.image
        persons = result.persons
        personCount = result.persons?.count
        faces = result.faces
        vehicles = result.vehicles
        plates = result.plates
        poses = result.poses
        self.processingTimeMS = processingTimeMS
        timing = result.timing
    }

    enum CodingKeys: String, CodingKey {
        case id, task, models, image, persons, faces, vehicles, plates, poses, timing
        case requestID = "request_id"
        case personCount = "person_count"
        case processingTimeMS = "processing_time_ms"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)  // present as null
        try container.encode(requestID, forKey: .requestID)
        try container.encode(task, forKey: .task)
        try container.encode(models, forKey: .models)
        try container.encode(image, forKey: .image)
        try container.encodeIfPresent(persons, forKey: .persons)
        try container.encodeIfPresent(personCount, forKey: .personCount)
        try container.encodeIfPresent(faces, forKey: .faces)
        try container.encodeIfPresent(vehicles, forKey: .vehicles)
        try container.encodeIfPresent(plates, forKey: .plates)
        try container.encodeIfPresent(poses, forKey: .poses)
        try container.encode(processingTimeMS, forKey: .processingTimeMS)
        try container.encode(timing, forKey: .timing)
    }
}

/// What the model server found in one picture: the part of an answer that does not depend on storing.
public struct AnalysisResult: Codable, Sendable {
    public var models: [ModelUse]
    public var image: ImageSize
    public var persons: [PersonItem]?
    public var faces: [FaceItem]?
    public var vehicles: [VehicleItem]?
    public var plates: [PlateItem]?
    public var poses: [PoseItem]?
    public var timing: StageTiming

    public init(
        models: [ModelUse], image: ImageSize, persons: [PersonItem]? = nil, faces: [FaceItem]? = nil,
        vehicles: [VehicleItem]? = nil, plates: [PlateItem]? = nil, poses: [PoseItem]? = nil,
        timing: StageTiming = StageTiming()
    ) {
        self.models = models
        self.image = image
        self.persons = persons
        self.faces = faces
        self.vehicles = vehicles
        self.plates = plates
        self.poses = poses
        self.timing = timing
    }
}

/// A model version that took part in an answer, and the engine that ran it.
public struct ModelUse: Codable, Hashable, Sendable {
    public var name: String
    public var version: String
    public var engine: String
    /// `false` for a model whose accuracy nobody has measured here; otherwise absent.
    public var measured: Bool?

    public init(name: String, version: String, engine: String) {
        self.name = name
        self.version = version
        self.engine = engine
    }
}

/// Pixels of the picture as displayed, EXIF orientation applied.
public struct ImageSize: Codable, Hashable, Sendable {
    public var width: Int
    public var height: Int

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}

/// A rectangle in pixels of the picture as displayed; always inside it, with a positive width and height.
public struct BoundingBox: Codable, Hashable, Sendable {
    public var x: Double
    public var y: Double
    public var width: Double
    public var height: Double

    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}

/// Milliseconds of each stage, measured once and shown in the answer, the metrics and the log.
public struct StageTiming: Codable, Hashable, Sendable {
    public var decodeMS: Double = 0
    public var preprocessMS: Double = 0
    public var queueMS: Double = 0
    public var inferenceMS: Double = 0
    public var postprocessMS: Double = 0
    public var storeMS: Double = 0

    public init() {}

    enum CodingKeys: String, CodingKey {
        case decodeMS = "decode_ms"
        case preprocessMS = "preprocess_ms"
        case queueMS = "queue_ms"
        case inferenceMS = "inference_ms"
        case postprocessMS = "postprocess_ms"
        case storeMS = "store_ms"
    }
}
