/// A person of the gallery.
public struct Person: Codable, Hashable, Sendable {
    public var id: UUIDv7
    /// As given, in Unicode normalisation form C; need not be unique.
    public var name: String
    /// The caller's own key; unique when given.
    public var externalID: String?
    public var metadata: [String: JSONValue]
    /// Faces that the person can be recognised by.
    public var faceCount: Int
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        id: UUIDv7 = UUIDv7(), name: String, externalID: String? = nil, metadata: [String: JSONValue] = [:],
        faceCount: Int = 0, createdAt: Timestamp = .now, updatedAt: Timestamp = .now
    ) {
        self.id = id
        self.name = name
        self.externalID = externalID
        self.metadata = metadata
        self.faceCount = faceCount
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    enum CodingKeys: String, CodingKey {
        case id, name, metadata
        case externalID = "external_id"
        case faceCount = "face_count"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(name, forKey: .name)
        try container.encode(externalID, forKey: .externalID)  // present as null
        try container.encode(metadata, forKey: .metadata)
        try container.encode(faceCount, forKey: .faceCount)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(updatedAt, forKey: .updatedAt)
    }
}

/// The body of `POST /human-analysis/persons`.
public struct NewPerson: Codable, Hashable, Sendable {
    public var name: String
    public var externalID: String?
    public var metadata: [String: JSONValue]?

    public init(name: String, externalID: String? = nil, metadata: [String: JSONValue]? = nil) {
        self.name = name
        self.externalID = externalID
        self.metadata = metadata
    }

    enum CodingKeys: String, CodingKey {
        case name, metadata
        case externalID = "external_id"
    }
}

/// The body of `PATCH /human-analysis/persons/{id}`: absent members stay as they are, `external_id: null` removes it.
public struct PersonChange: Codable, Hashable, Sendable {
    public var name: String?
    /// Absent: unchanged; `.some(nil)`: removed.
    public var externalID: String??
    public var metadata: [String: JSONValue]?

    public init(name: String? = nil, externalID: String?? = nil, metadata: [String: JSONValue]? = nil) {
        self.name = name
        self.externalID = externalID
        self.metadata = metadata
    }

    enum CodingKeys: String, CodingKey {
        case name, metadata
        case externalID = "external_id"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decodeUnlessAbsent(String.self, forKey: .name)
        metadata = try container.decodeUnlessAbsent([String: JSONValue].self, forKey: .metadata)
        guard container.contains(.externalID) else { return }
        externalID = .some(try container.decodeIfPresent(String.self, forKey: .externalID))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(name, forKey: .name)
        try container.encodeIfPresent(metadata, forKey: .metadata)
        if let externalID { try container.encode(externalID, forKey: .externalID) }
    }
}

/// The filters of `GET /human-analysis/persons`; absent means any.
public struct PersonQuery: Codable, Hashable, Sendable {
    /// Beginning of the name, compared without case and accents of ASCII letters.
    public var name: String?
    public var externalID: String?
    /// 1–500.
    public var limit: Int = 50
    /// Opaque: the `next_cursor` of the page before.
    public var cursor: String?

    public init() {}
}

/// A face of a person: one enrolled picture.
public struct EnrolledFace: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// The person is recognised by it.
        case face
        /// A negative anchor: whoever looks like this is not the person.
        case anchor = "not_this_person"
    }

    public var id: UUIDv7
    public var personID: UUIDv7
    public var kind: Kind
    /// 0–1.
    public var quality: Double
    /// The models (`name@version`) that have a template of it.
    public var models: [String]
    /// Whether a picture of it was kept.
    public var hasImage: Bool
    public var createdAt: Timestamp

    public init(
        id: UUIDv7 = UUIDv7(), personID: UUIDv7, kind: Kind = .face, quality: Double, models: [String],
        hasImage: Bool, createdAt: Timestamp = .now
    ) {
        self.id = id
        self.personID = personID
        self.kind = kind
        self.quality = quality
        self.models = models
        self.hasImage = hasImage
        self.createdAt = createdAt
    }

    enum CodingKeys: String, CodingKey {
        case id, kind, quality, models
        case personID = "person_id"
        case hasImage = "has_image"
        case createdAt = "created_at"
    }
}

/// The answer to an enrolment.
public struct EnrolmentAnswer: Codable, Sendable {
    public var face: EnrolledFace
    public var boundingBox: BoundingBox
    public var quality: FaceQuality
    public var liveness: Liveness?
    /// Other persons of the gallery who look the same: probably enrolled twice.
    public var duplicates: [FaceMatch]

    public init(
        face: EnrolledFace, boundingBox: BoundingBox, quality: FaceQuality, liveness: Liveness?,
        duplicates: [FaceMatch]
    ) {
        self.face = face
        self.boundingBox = boundingBox
        self.quality = quality
        self.liveness = liveness
        self.duplicates = duplicates
    }

    // The members of the face lie beside the others: `id` of the answer is the face's.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        face = try EnrolledFace(from: decoder)
        boundingBox = try container.decode(BoundingBox.self, forKey: .boundingBox)
        quality = try container.decode(FaceQuality.self, forKey: .quality)
        liveness = try container.decodeIfPresent(Liveness.self, forKey: .liveness)
        duplicates = try container.decode([FaceMatch].self, forKey: .duplicates)
    }

    public func encode(to encoder: any Encoder) throws {
        try face.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(boundingBox, forKey: .boundingBox)
        try container.encode(quality, forKey: .quality)
        try container.encode(liveness, forKey: .liveness)  // present as null
        try container.encode(duplicates, forKey: .duplicates)
    }

    enum CodingKeys: String, CodingKey {
        case liveness, duplicates
        case quality = "quality_details"
        case boundingBox = "bounding_box"
    }
}

/// What makes a face suit recognition or not; every part 0–1, 1 is best.
public struct FaceQuality: Codable, Hashable, Sendable {
    /// The geometric mean of the parts.
    public var overall: Double
    public var size: Double
    public var sharpness: Double
    /// How frontal the head is, from the landmarks.
    public var pose: Double
    /// How well lit.
    public var exposure: Double

    public init(overall: Double, size: Double, sharpness: Double, pose: Double, exposure: Double) {
        self.overall = overall
        self.size = size
        self.sharpness = sharpness
        self.pose = pose
        self.exposure = exposure
    }
}

/// Whether a face is that of a living person rather than of a print or a screen.
public struct Liveness: Codable, Hashable, Sendable {
    public var live: Bool
    /// 0–1, the mean over the models.
    public var score: Double

    public init(live: Bool, score: Double) {
        self.live = live
        self.score = score
    }
}

/// A person of the gallery whom a face resembles.
public struct FaceMatch: Codable, Hashable, Sendable {
    public var id: UUIDv7
    public var name: String
    /// 0–1, calibrated: 0.5 is the decision point of the configured false-accept rate.
    public var similarity: Double
    /// Of the two templates, −1–1.
    public var cosine: Double

    public init(id: UUIDv7, name: String, similarity: Double, cosine: Double) {
        self.id = id
        self.name = name
        self.similarity = similarity
        self.cosine = cosine
    }
}

/// The answer of `POST /human-analysis/face-verification`.
public struct VerificationAnswer: Codable, Sendable {
    /// 0–1, calibrated: 0.5 is the decision point.
    public var similarity: Double
    public var cosine: Double
    public var same: Bool
    /// Whether both faces are alive; `nil` when nobody could tell.
    public var live: Bool?
    /// The cosine from which two faces count as the same.
    public var threshold: Double
    public var falseAcceptRate: Double
    /// The face of the first and of the second picture.
    public var faces: [FaceItem]
    public var models: [ModelUse]
    public var requestID: String
    public var processingTimeMS: Double
    public var timing: StageTiming

    public init(
        similarity: Double, cosine: Double, same: Bool, live: Bool?, threshold: Double, falseAcceptRate: Double,
        faces: [FaceItem], models: [ModelUse], requestID: String, processingTimeMS: Double, timing: StageTiming
    ) {
        self.similarity = similarity
        self.cosine = cosine
        self.same = same
        self.live = live
        self.threshold = threshold
        self.falseAcceptRate = falseAcceptRate
        self.faces = faces
        self.models = models
        self.requestID = requestID
        self.processingTimeMS = processingTimeMS
        self.timing = timing
    }

    enum CodingKeys: String, CodingKey {
        case similarity, cosine, same, live, threshold, faces, models, timing
        case falseAcceptRate = "false_accept_rate"
        case requestID = "request_id"
        case processingTimeMS = "processing_time_ms"
    }
}

/// What is wrong in the gallery, as `aibox persons check` shows it.
public struct GalleryReport: Codable, Sendable {
    /// Two persons with faces that resemble one another.
    public struct Pair: Codable, Hashable, Sendable {
        public var person: UUIDv7
        public var face: UUIDv7
        public var otherPerson: UUIDv7
        public var otherFace: UUIDv7
        public var cosine: Double
        public var similarity: Double

        public init(
            person: UUIDv7, face: UUIDv7, otherPerson: UUIDv7, otherFace: UUIDv7, cosine: Double, similarity: Double
        ) {
            self.person = person
            self.face = face
            self.otherPerson = otherPerson
            self.otherFace = otherFace
            self.cosine = cosine
            self.similarity = similarity
        }

        enum CodingKeys: String, CodingKey {
            case person, face, cosine, similarity
            case otherPerson = "other_person"
            case otherFace = "other_face"
        }
    }

    /// A face that resembles none of the other faces of its person.
    public struct Stray: Codable, Hashable, Sendable {
        public var person: UUIDv7
        public var face: UUIDv7
        public var cosine: Double
        public var similarity: Double

        public init(person: UUIDv7, face: UUIDv7, cosine: Double, similarity: Double) {
            self.person = person
            self.face = face
            self.cosine = cosine
            self.similarity = similarity
        }
    }

    /// The present embedding model, `name@version`.
    public var model: String
    public var persons: Int
    /// Faces with a template of that model.
    public var faces: Int
    /// Pairs above the decision point, most alike first.
    public var alike: [Pair]
    public var strays: [Stray]
    /// The most alike faces of two persons, whether above the decision point or not.
    public var highestStranger: Pair?
    /// Faces without a template of the present embedding model, which only an older one finds.
    public var outdatedFaces: Int

    public init(
        model: String, persons: Int, faces: Int, alike: [Pair], strays: [Stray],
        highestStranger: Pair?, outdatedFaces: Int
    ) {
        self.model = model
        self.persons = persons
        self.faces = faces
        self.alike = alike
        self.strays = strays
        self.highestStranger = highestStranger
        self.outdatedFaces = outdatedFaces
    }

    enum CodingKeys: String, CodingKey {
        case model, persons, faces, alike, strays
        case highestStranger = "highest_stranger"
        case outdatedFaces = "outdated_faces"
    }
}
