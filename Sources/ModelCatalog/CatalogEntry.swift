/// All that is known of one version of a model: the manifest of a version in a repository, and one element of
/// `models` in a catalogue file.
public struct CatalogEntry: Codable, Hashable, Sendable {
    public var name: String
    public var version: String
    /// What the model does inside a task.
    public var task: ModelTask
    /// What a caller can ask for that this model takes part in; empty for a model no pipeline uses yet.
    public var serves: [ServedTask]
    /// Relative path of the file inside a models folder.
    public var file: String
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    public var sha256: String
    /// Exact size of the file.
    public var bytes: Int
    public var licence: Licence
    public var trainingData: String
    /// Used for its task unless configuration says otherwise; implies a licence for commercial use.
    public var isDefault: Bool
    /// The engines that may run it.
    public var engines: [Engine]
    public var architecture: String
    public var input: Input
    public var decoder: Decoder
    /// Names of the classes in the order of the model's output; empty where outputs are no classes.
    public var labels: [String]
    public var thresholds: Thresholds
    /// What was measured with this very file, or published for it.
    public var accuracy: [Accuracy]
    /// For an embedding model: how often strangers pass, by cosine.
    public var calibration: Calibration?
    /// Where the file comes from, best first.
    public var sources: [Source]

    public var identity: ModelIdentity { ModelIdentity(name: name, version: version) }

    /// Whether any figure of `accuracy` is our own.
    public var isMeasured: Bool { accuracy.contains { $0.isPublished != true } }

    enum CodingKeys: String, CodingKey {
        case name, version, task, serves, file, sha256, bytes, licence, engines, architecture, input, decoder, labels
        case thresholds, accuracy, calibration, sources
        case trainingData = "training_data"
        case isDefault = "default"
    }
}

/// The role of a model inside a task.
public enum ModelTask: String, CatalogName {
    case objectDetection = "object_detection"
    case faceDetection = "face_detection"
    case faceEmbedding = "face_embedding"
    case faceLandmarks = "face_landmarks"
    case faceAntispoof = "face_antispoof"
    case personAttributes = "person_attributes"
    case personReID = "person_reid"
    case plateDetection = "plate_detection"
    case plateOCR = "plate_ocr"
    case pose
    case poseDetection = "pose_detection"
    case textDetection = "text_detection"
    case textDirection = "text_direction"
    case vehicleAttributes = "vehicle_attributes"
}

/// What a caller asks for; the raw values are those of requests and of the command line.
public enum ServedTask: String, CatalogName {
    case persons, faces, vehicles, plates, poses, recognition, attributes, reidentification
}

extension ServedTask {
    /// The roles that must be filled for the task to work; a detector that another task has as well is named there.
    public var roles: [ModelTask] {
        switch self {
        case .persons, .vehicles: [.objectDetection]
        case .faces: [.faceDetection]
        case .plates: [.plateDetection, .plateOCR]
        case .poses: [.pose]
        case .recognition: [.faceEmbedding]
        case .attributes: [.personAttributes]
        case .reidentification: [.personReID]
        }
    }

    /// The roles that make the task better and without which it works.
    public var furtherRoles: [ModelTask] {
        switch self {
        case .faces: [.faceLandmarks]
        case .vehicles: [.vehicleAttributes]
        case .plates: [.textDetection]
        case .poses: [.poseDetection]
        case .recognition: [.faceAntispoof]
        case .persons, .attributes, .reidentification: []
        }
    }
}

extension ModelTask {
    /// Whether the default models of the role work together (readers that vote, liveness models that are averaged)
    /// rather than one instead of the other.
    public var isEnsemble: Bool { self == .plateOCR || self == .faceAntispoof }
}

/// Speed against accuracy.
public enum ModelProfile: String, CatalogName {
    case fast, balanced, accurate
}

extension CatalogEntry {
    public struct Licence: Codable, Hashable, Sendable {
        /// SPDX identifier, or a sentence where there is none.
        public var name: String
        public var commercialUse: Bool
        /// Where the licence is stated and what is unclear about it.
        public var note: String?

        enum CodingKeys: String, CodingKey {
            case name, note
            case commercialUse = "commercial_use"
        }
    }

    public enum Engine: String, CatalogName {
        case onnxruntime, openvino
    }

    public struct Thresholds: Codable, Hashable, Sendable {
        /// Lowest score that counts, 0–1; for embeddings the cosine from which two are the same.
        public var score: Double
        /// Intersection over union from which the lower of two boxes is dropped, 0–1; 1 drops none.
        public var suppression: Double
        /// For classes that are independent of one another: when each is answered at all.
        public var answers: [String: Answer]?
    }

    /// From which probability on a class is said to be there, and below which not to be; between, and where a bound is
    /// absent, nothing is said.
    public struct Answer: Codable, Hashable, Sendable {
        public var yes: Double?
        public var no: Double?
    }

    public struct Accuracy: Codable, Hashable, Sendable {
        public var data: String
        public var metric: String
        public var value: Double
        /// Under which settings, where they are not the model's own.
        public var note: String?
        /// The figure is the author's, not ours.
        public var isPublished: Bool?

        enum CodingKeys: String, CodingKey {
            case data, metric, value, note
            case isPublished = "published"
        }
    }
}
