/// What every kind of item has: it becomes one detection row, whose identifier is `id`.
public protocol AnalysisItem: Codable, Sendable {
    static var task: AnalysisTask { get }
    var id: UUIDv7 { get }
    var confidence: Double { get }
    var boundingBox: BoundingBox { get }
    /// The class within the task, e.g. `person` or `truck`.
    var label: String { get }
}

public struct PersonItem: AnalysisItem {
    public static let task = AnalysisTask.persons
    public var id: UUIDv7
    public var confidence: Double
    public var boundingBox: BoundingBox
    /// With `attributes=true`: what the person wears and carries.
    public var attributes: [AttributeValue]?
    /// From behaviour analysis: `standing`, `sitting`, `crouching`, `lying`, `bending` or `unknown`.
    public var behavior: String?
    public var behaviorConfidence: Double?
    /// From behaviour analysis: a hand above the head or the shoulders.
    public var handsRaised: Bool?
    /// With `embedding=true`: a unit vector for re-identification between cameras.
    public var embedding: [Float]?
    public var label: String { "person" }

    public init(id: UUIDv7 = UUIDv7(), confidence: Double, boundingBox: BoundingBox) {
        self.id = id
        self.confidence = confidence
        self.boundingBox = boundingBox
    }

    enum CodingKeys: String, CodingKey {
        case id, confidence, attributes, behavior, embedding
        case boundingBox = "bounding_box"
        case behaviorConfidence = "behavior_confidence"
        case handsRaised = "hands_raised"
    }
}

/// One yes-or-no attribute of a person.
public struct AttributeValue: Codable, Hashable, Sendable {
    /// `backpack`, `bag`, `hat`, `long_sleeves`, `long_trousers`, `long_hair` or `coat_jacket`.
    public var name: String
    /// `null` where the model is not sure enough to say.
    public var present: Bool?
    /// That the attribute is there, 0–1.
    public var probability: Double

    public init(name: String, present: Bool?, probability: Double) {
        self.name = name
        self.present = present
        self.probability = probability
    }

    enum CodingKeys: String, CodingKey { case name, present, probability }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(present, forKey: .present)  // present as null
        try container.encode(probability, forKey: .probability)
    }
}

/// The body of a person as 17 points.
public struct PoseItem: AnalysisItem {
    public struct Keypoint: Codable, Hashable, Sendable {
        /// A name of the COCO keypoints, `nose` to `right_ankle`.
        public var name: String
        public var x: Double
        public var y: Double
        public var confidence: Double

        public init(name: String, x: Double, y: Double, confidence: Double) {
            self.name = name
            self.x = x
            self.y = y
            self.confidence = confidence
        }
    }

    public static let task = AnalysisTask.poses
    public var id: UUIDv7
    public var confidence: Double
    public var boundingBox: BoundingBox
    /// 17, in COCO's order.
    public var keypoints: [Keypoint]
    public var label: String { "pose" }

    public init(id: UUIDv7 = UUIDv7(), confidence: Double, boundingBox: BoundingBox, keypoints: [Keypoint]) {
        self.id = id
        self.confidence = confidence
        self.boundingBox = boundingBox
        self.keypoints = keypoints
    }

    enum CodingKeys: String, CodingKey {
        case id, confidence, keypoints
        case boundingBox = "bounding_box"
    }
}

public struct FaceItem: AnalysisItem {
    public static let task = AnalysisTask.faces
    public var id: UUIDv7
    public var confidence: Double
    public var boundingBox: BoundingBox
    /// Five points [x, y]: left eye, right eye, nose, left and right mouth corner, as seen in the picture.
    public var landmarks: [[Double]]
    /// 0–1: how far the face is large, sharp, frontal and lit well enough to be recognised.
    public var quality: Double
    /// From face recognition: the parts of `quality`.
    public var qualityDetails: FaceQuality?
    /// From face recognition: who it is; in that answer present as null for a stranger.
    public var person: FaceMatch?
    /// From face recognition.
    public var liveness: Liveness?
    /// Whether the face was compared with the gallery, so that `person` says something.
    public var isRecognized = false
    public var label: String { "face" }

    public init(
        id: UUIDv7 = UUIDv7(), confidence: Double, boundingBox: BoundingBox, landmarks: [[Double]], quality: Double
    ) {
        self.id = id
        self.confidence = confidence
        self.boundingBox = boundingBox
        self.landmarks = landmarks
        self.quality = quality
    }

    enum CodingKeys: String, CodingKey {
        case id, confidence, landmarks, quality, person, liveness
        case boundingBox = "bounding_box"
        case qualityDetails = "quality_details"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(UUIDv7.self, forKey: .id)
        confidence = try container.decode(Double.self, forKey: .confidence)
        boundingBox = try container.decode(BoundingBox.self, forKey: .boundingBox)
        landmarks = try container.decode([[Double]].self, forKey: .landmarks)
        quality = try container.decode(Double.self, forKey: .quality)
        qualityDetails = try container.decodeIfPresent(FaceQuality.self, forKey: .qualityDetails)
        person = try container.decodeIfPresent(FaceMatch.self, forKey: .person)
        liveness = try container.decodeIfPresent(Liveness.self, forKey: .liveness)
        isRecognized = container.contains(.person)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(confidence, forKey: .confidence)
        try container.encode(boundingBox, forKey: .boundingBox)
        try container.encode(landmarks, forKey: .landmarks)
        try container.encode(quality, forKey: .quality)
        try container.encodeIfPresent(qualityDetails, forKey: .qualityDetails)
        guard isRecognized else { return try container.encodeIfPresent(liveness, forKey: .liveness) }
        try container.encode(person, forKey: .person)  // these two are present as null
        try container.encode(liveness, forKey: .liveness)
    }
}

/// One class of a classifier's answer.
public struct ClassValue: Codable, Hashable, Sendable {
    public var name: String
    /// 0–1.
    public var confidence: Double

    public init(name: String, confidence: Double) {
        self.name = name
        self.confidence = confidence
    }
}

public struct VehicleItem: AnalysisItem, Hashable {
    public struct Color: Codable, Hashable, Sendable {
        public var name: String
        public var confidence: Double

        public init(name: String, confidence: Double) {
            self.name = name
            self.confidence = confidence
        }
    }

    public static let task = AnalysisTask.vehicles
    public var id: UUIDv7
    /// `car`, `truck`, `bus`, `motorcycle` or `bicycle`.
    public var vehicleType: String
    public var confidence: Double
    public var boundingBox: BoundingBox
    public var color: Color?
    /// From vehicle classification: the classes of the catalogued classifier, best first.
    public var classes: [ClassValue]?
    /// `true` when no vehicle was found and the whole picture was taken for one: `confidence` is then the classifier's.
    /// Such an item is not stored.
    public var isWholePicture: Bool?
    public var label: String { vehicleType }

    public init(
        id: UUIDv7 = UUIDv7(), vehicleType: String, confidence: Double, boundingBox: BoundingBox, color: Color? = nil
    ) {
        self.id = id
        self.vehicleType = vehicleType
        self.confidence = confidence
        self.boundingBox = boundingBox
        self.color = color
    }

    enum CodingKeys: String, CodingKey {
        case id, confidence, color, classes
        case isWholePicture = "whole_picture"
        case vehicleType = "vehicle_type"
        case boundingBox = "bounding_box"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(vehicleType, forKey: .vehicleType)
        try container.encode(confidence, forKey: .confidence)
        try container.encode(boundingBox, forKey: .boundingBox)
        try container.encode(color, forKey: .color)  // present as null
        try container.encodeIfPresent(classes, forKey: .classes)
        try container.encodeIfPresent(isWholePicture, forKey: .isWholePicture)
    }
}

public struct PlateItem: AnalysisItem {
    public struct Character: Codable, Hashable, Sendable {
        public var char: String
        public var confidence: Double

        public init(char: String, confidence: Double) {
            self.char = char
            self.confidence = confidence
        }
    }

    public struct Candidate: Codable, Hashable, Sendable {
        public var plateNumber: String
        public var countryCode: String?
        public var probability: Double

        public init(plateNumber: String, countryCode: String?, probability: Double) {
            self.plateNumber = plateNumber
            self.countryCode = countryCode
            self.probability = probability
        }

        enum CodingKeys: String, CodingKey {
            case probability
            case plateNumber = "plate_number"
            case countryCode = "country_code"
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(plateNumber, forKey: .plateNumber)
            try container.encode(countryCode, forKey: .countryCode)  // present as null
            try container.encode(probability, forKey: .probability)
        }
    }

    public struct Known: Codable, Hashable, Sendable {
        public var id: UUIDv7
        public var label: String
        public var list: PlateList
        /// As the operator entered it.
        public var plateNumber: String
        /// `false`: the reading differs from the entry in characters that are easily confused.
        public var isExact: Bool

        public init(_ plate: KnownPlate, isExact: Bool) {
            id = plate.id
            label = plate.label
            list = plate.list
            plateNumber = plate.plateNumber
            self.isExact = isExact
        }

        enum CodingKeys: String, CodingKey {
            case id, label, list
            case plateNumber = "plate_number"
            case isExact = "exact"
        }
    }

    public static let task = AnalysisTask.plates
    public var id: UUIDv7
    /// The reading, A–Z and 0–9 only.
    public var plateNumber: String
    public var confidence: Double
    public var boundingBox: BoundingBox
    /// Four points [x, y], clockwise from the top left.
    public var corners: [[Double]]
    public var countryCode: String?
    public var characters: [Character]
    public var candidates: [Candidate]
    public var known: Known?
    /// The vehicle that carries the plate, when one was found.
    public var vehicle: VehicleItem?
    public var label: String { plateNumber }

    public init(
        id: UUIDv7 = UUIDv7(), plateNumber: String, confidence: Double, boundingBox: BoundingBox,
        corners: [[Double]], countryCode: String? = nil, characters: [Character], candidates: [Candidate],
        vehicle: VehicleItem? = nil
    ) {
        self.id = id
        self.plateNumber = plateNumber
        self.confidence = confidence
        self.boundingBox = boundingBox
        self.corners = corners
        self.countryCode = countryCode
        self.characters = characters
        self.candidates = candidates
        self.vehicle = vehicle
    }

    enum CodingKeys: String, CodingKey {
        case id, confidence, corners, characters, candidates, known, vehicle
        case plateNumber = "plate_number"
        case boundingBox = "bounding_box"
        case countryCode = "country_code"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(plateNumber, forKey: .plateNumber)
        try container.encode(confidence, forKey: .confidence)
        try container.encode(boundingBox, forKey: .boundingBox)
        try container.encode(corners, forKey: .corners)
        try container.encode(countryCode, forKey: .countryCode)  // these three are present as null
        try container.encode(characters, forKey: .characters)
        try container.encode(candidates, forKey: .candidates)
        try container.encode(known, forKey: .known)
        try container.encode(vehicle, forKey: .vehicle)
    }
}
