import AIBoxAPI
import Foundation

/// How a face is to be enrolled.
public struct EnrolmentRequest: Codable, Sendable {
    public var requestID: String
    /// A picture of a print or a screen is refused.
    public var requireLive: Bool = false
    /// Return the aligned crop, so that it can be kept.
    public var keepCrop: Bool = false
    /// Accept a picture whatever its quality: for negative anchors and for crops that were kept.
    public var isCrop: Bool = false
    /// Milliseconds that are left for the answer.
    public var deadlineMS: Int?

    public init(requestID: String) { self.requestID = requestID }

    enum CodingKeys: String, CodingKey {
        case requestID = "request_id"
        case requireLive = "require_live"
        case keepCrop = "keep_crop"
        case isCrop = "is_crop"
        case deadlineMS = "deadline_ms"
    }
}

/// A face that may join the gallery. A picture that is of no use throws `Problem` 422 that says why.
public struct EnrolmentOutcome: Codable, Sendable {
    public var template: FaceTemplate
    public var boundingBox: BoundingBox
    public var quality: FaceQuality
    public var liveness: Liveness?
    /// The persons of the gallery whom the face resembles, above the decision point, most alike first; `name` is empty.
    public var matches: [FaceMatch]
    /// The aligned crop as JPEG, when it was asked for.
    public var crop: Data?

    public init(
        template: FaceTemplate, boundingBox: BoundingBox, quality: FaceQuality, liveness: Liveness?,
        matches: [FaceMatch], crop: Data?
    ) {
        self.template = template
        self.boundingBox = boundingBox
        self.quality = quality
        self.liveness = liveness
        self.matches = matches
        self.crop = crop
    }

    enum CodingKeys: String, CodingKey {
        case template, quality, liveness, matches, crop
        case boundingBox = "bounding_box"
    }
}

/// What an embedding model makes of a face. Templates of different models are never compared.
public struct FaceTemplate: Codable, Hashable, Sendable {
    /// `name@version` of the model.
    public var model: String
    /// SHA-256 of the model file: the identity of the template's space.
    public var modelSHA256: String
    /// A unit vector.
    public var vector: [Float]

    public init(model: String, modelSHA256: String, vector: [Float]) {
        self.model = model
        self.modelSHA256 = modelSHA256
        self.vector = vector
    }

    enum CodingKeys: String, CodingKey {
        case model, vector
        case modelSHA256 = "model_sha256"
    }
}

/// How two faces are to be compared.
public struct VerificationRequest: Codable, Sendable {
    public var requestID: String
    /// A face that is not alive makes the pair differ.
    public var requireLive: Bool = false
    public var deadlineMS: Int?

    public init(requestID: String) { self.requestID = requestID }

    enum CodingKeys: String, CodingKey {
        case requestID = "request_id"
        case requireLive = "require_live"
        case deadlineMS = "deadline_ms"
    }
}
