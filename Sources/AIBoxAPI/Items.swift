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
    public var label: String { "person" }

    public init(id: UUIDv7 = UUIDv7(), confidence: Double, boundingBox: BoundingBox) {
        self.id = id
        self.confidence = confidence
        self.boundingBox = boundingBox
    }

    enum CodingKeys: String, CodingKey {
        case id, confidence
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
    /// 0–1: how far the face is large, sharp and frontal enough to be recognised.
    public var quality: Double
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
        case id, confidence, landmarks, quality
        case boundingBox = "bounding_box"
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
        case id, confidence, color
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
        public var list: String
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
