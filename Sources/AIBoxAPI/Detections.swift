/// One page of a list; `next_cursor` is null on the last page.
public struct Page<Item: Codable & Sendable>: Codable, Sendable {
    public var items: [Item]
    public var nextCursor: String?

    public init(items: [Item], nextCursor: String?) {
        self.items = items
        self.nextCursor = nextCursor
    }

    enum CodingKeys: String, CodingKey {
        case items
        case nextCursor = "next_cursor"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(items, forKey: .items)
        try container.encode(nextCursor, forKey: .nextCursor)  // present as null
    }
}

/// A stored item: one person, face, vehicle or plate of one analysed picture.
public struct DetectionRecord: Codable, Sendable {
    public var id: UUIDv7
    /// The `id` of the answer that this item was part of.
    public var inferenceID: UUIDv7
    public var task: AnalysisTask
    public var label: String
    public var confidence: Double
    public var boundingBox: BoundingBox
    public var plateNumber: String?
    /// The rest of the item as it was answered.
    public var details: DetectionDetails
    public var cameraID: String?
    public var deviceID: String?
    public var capturedAt: Timestamp
    public var createdAt: Timestamp
    /// Whether `/analytics/detections/{id}/image` has the picture.
    public var hasImage: Bool
    /// That of the inference; only where one item is asked for, not in lists.
    public var metadata: [String: JSONValue]?
    /// `true`: there is metadata, and the store that has it did not answer.
    public var metadataUnavailable: Bool?

    public init(
        id: UUIDv7, inferenceID: UUIDv7, task: AnalysisTask, label: String, confidence: Double,
        boundingBox: BoundingBox, plateNumber: String?, details: DetectionDetails, cameraID: String?,
        deviceID: String?, capturedAt: Timestamp, createdAt: Timestamp, hasImage: Bool
    ) {
        self.id = id
        self.inferenceID = inferenceID
        self.task = task
        self.label = label
        self.confidence = confidence
        self.boundingBox = boundingBox
        self.plateNumber = plateNumber
        self.details = details
        self.cameraID = cameraID
        self.deviceID = deviceID
        self.capturedAt = capturedAt
        self.createdAt = createdAt
        self.hasImage = hasImage
    }

    enum CodingKeys: String, CodingKey {
        case id, task, label, confidence, details, metadata
        case metadataUnavailable = "metadata_unavailable"
        case inferenceID = "inference_id"
        case boundingBox = "bounding_box"
        case plateNumber = "plate_number"
        case cameraID = "camera_id"
        case deviceID = "device_id"
        case capturedAt = "captured_at"
        case createdAt = "created_at"
        case hasImage = "has_image"
    }
}

/// What only one kind of item has; absent members do not apply.
public struct DetectionDetails: Codable, Hashable, Sendable {
    public var landmarks: [[Double]]?
    public var quality: Double?
    public var color: VehicleItem.Color?
    public var corners: [[Double]]?
    public var countryCode: String?
    public var characters: [PlateItem.Character]?
    public var candidates: [PlateItem.Candidate]?
    /// The vehicle that carries a plate.
    public var vehicle: VehicleItem?
    /// Whom a face was recognised as; forgotten when that person is deleted.
    public var person: FaceMatch?
    public var liveness: Liveness?
    public var attributes: [AttributeValue]?
    public var behavior: String?
    public var behaviorConfidence: Double?
    public var handsRaised: Bool?
    public var keypoints: [PoseItem.Keypoint]?

    public init() {}

    enum CodingKeys: String, CodingKey {
        case landmarks, quality, color, corners, characters, candidates, vehicle
        case person, liveness, attributes, behavior, keypoints
        case behaviorConfidence = "behavior_confidence"
        case handsRaised = "hands_raised"
        case countryCode = "country_code"
    }
}

/// One analysed picture: the answer's head with its detections.
public struct InferenceRecord: Codable, Sendable {
    public var id: UUIDv7
    public var requestID: String
    public var task: String
    public var models: [ModelUse]
    public var image: ImageSize
    public var timing: StageTiming
    public var cameraID: String?
    public var deviceID: String?
    public var capturedAt: Timestamp
    public var createdAt: Timestamp
    public var hasImage: Bool
    public var detections: [DetectionRecord]
    /// What the caller wants to have stored with it (`MetadataRules.inference`).
    public var metadata: [String: JSONValue]?
    /// `true`: there is metadata, and the store that has it did not answer.
    public var metadataUnavailable: Bool?

    public init(
        id: UUIDv7, requestID: String, task: String, models: [ModelUse], image: ImageSize, timing: StageTiming,
        cameraID: String?, deviceID: String?, capturedAt: Timestamp, createdAt: Timestamp, hasImage: Bool,
        detections: [DetectionRecord]
    ) {
        self.id = id
        self.requestID = requestID
        self.task = task
        self.models = models
        self.image = image
        self.timing = timing
        self.cameraID = cameraID
        self.deviceID = deviceID
        self.capturedAt = capturedAt
        self.createdAt = createdAt
        self.hasImage = hasImage
        self.detections = detections
    }

    enum CodingKeys: String, CodingKey {
        case id, task, models, image, timing, detections, metadata
        case metadataUnavailable = "metadata_unavailable"
        case requestID = "request_id"
        case cameraID = "camera_id"
        case deviceID = "device_id"
        case capturedAt = "captured_at"
        case createdAt = "created_at"
        case hasImage = "has_image"
    }
}

/// The filters of `GET /analytics/detections`; absent means any.
public struct DetectionQuery: Codable, Hashable, Sendable {
    public var task: AnalysisTask?
    public var label: String?
    public var cameraID: String?
    public var deviceID: String?
    public var inferenceID: UUIDv7?
    /// Faces recognised as this person.
    public var personID: UUIDv7?
    /// Inclusive, on `captured_at`.
    public var from: Timestamp?
    /// Exclusive, on `captured_at`.
    public var to: Timestamp?
    public var minimumConfidence: Double?
    /// A plate number; `*` stands for any characters, `?` for one. Compared by letters and digits.
    public var plate: String?
    /// Also plates that a reader may have taken for `plate`: characters that look alike, and one misread, missed or too
    /// many.
    public var isFuzzy = false
    /// Values at paths (`site`, `camera.position`) of the metadata. A text that reads as a number or as `true` or `false`
    /// stands for that too. Each path must be one that the data manager has an index for.
    public var metadata: [String: String] = [:]
    /// 1–500.
    public var limit: Int = 50
    /// Opaque: the `next_cursor` of the page before.
    public var cursor: String?

    public init() {}
}
