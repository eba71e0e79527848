import AIBoxAPI
import ServiceClients

extension DetectionRecord {
    /// The members that a store takes from the inference are filled in there.
    static func example(
        task: AnalysisTask = .persons, label: String = "person", confidence: Double = 0.9,
        plateNumber: String? = nil, details: DetectionDetails = DetectionDetails()
    ) -> DetectionRecord {
        DetectionRecord(
            id: UUIDv7(), inferenceID: UUIDv7(), task: task, label: label, confidence: confidence,
            boundingBox: BoundingBox(x: 1.5, y: 2, width: 30.25, height: 40), plateNumber: plateNumber,
            details: details, cameraID: nil, deviceID: nil, capturedAt: .now, createdAt: .now, hasImage: false)
    }

    static var plate: DetectionRecord {
        var details = DetectionDetails()
        details.corners = [[1, 2], [3, 4], [5, 6], [7, 8]]
        details.countryCode = "VN"
        details.characters = [.init(char: "5", confidence: 0.99)]
        details.candidates = [.init(plateNumber: "51F12345", countryCode: nil, probability: 0.8)]
        return .example(task: .plates, label: "51F12345", plateNumber: "51F12345", details: details)
    }
}

extension InferenceRecord {
    static func example(
        camera: String? = nil, device: String? = nil, capturedAt: Timestamp = .now,
        _ detections: [DetectionRecord] = [.example()]
    ) -> InferenceRecord {
        InferenceRecord(
            id: UUIDv7(), requestID: "request-1", task: "analyze",
            models: [ModelUse(name: "yunet_s", version: "1", engine: "onnxruntime")],
            image: ImageSize(width: 1280, height: 720), timing: StageTiming(), cameraID: camera, deviceID: device,
            capturedAt: capturedAt, createdAt: .now, hasImage: false, detections: detections)
    }
}

extension StoredCredential {
    static func example(_ username: String = "admin") -> StoredCredential {
        let user = User(
            id: UUIDv7(), username: username, role: .admin, email: "a@example.org", fullName: "Nguyễn Văn A",
            mustChangePassword: true, createdAt: .now)
        return StoredCredential(user: user, passwordHash: "$argon2id$v=19$m=1,t=1,p=1$AA$AA")
    }
}

extension StoredSession {
    static func example(of user: UUIDv7, _ hash: String, lifetime: Int64 = 60_000) -> StoredSession {
        StoredSession(id: UUIDv7(), userID: user, refreshHash: hash, expiresAt: .now + lifetime)
    }
}

extension Timestamp {
    static func + (time: Timestamp, milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: time.milliseconds + milliseconds)
    }
}

extension DetectionQuery {
    init(_ change: (inout DetectionQuery) -> Void) {
        self.init()
        change(&self)
    }
}

extension PersonQuery {
    init(_ change: (inout PersonQuery) -> Void) {
        self.init()
        change(&self)
    }
}

extension FaceTemplate {
    /// A unit vector that is another one for each `seed`.
    static func example(_ seed: UInt64, count: Int = 8, model: String = "face_embedder@1") -> FaceTemplate {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        let raw = (0..<count).map { _ -> Float in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / Float(1 << 24) - 0.5
        }
        let length = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return FaceTemplate(model: model, modelSHA256: "sha of \(model)", vector: raw.map { $0 / length })
    }
}

extension EnrolledFace {
    static func example(of person: UUIDv7, _ kind: Kind = .face) -> EnrolledFace {
        EnrolledFace(personID: person, kind: kind, quality: 0.75, models: [], hasImage: false)
    }
}

extension DetectionRecord {
    static func face(of person: Person) -> DetectionRecord {
        var details = DetectionDetails()
        details.person = FaceMatch(id: person.id, name: "ignored", similarity: 0.9, cosine: 0.6)
        return .example(task: .faces, label: "face", details: details)
    }
}

/// The problem that `body` throws, or `nil`.
func problem(_ body: () async throws -> Void) async -> Problem? {
    do {
        try await body()
        return nil
    } catch {
        return error as? Problem
    }
}
