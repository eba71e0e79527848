import Imaging
import ModelCatalog
import Vision

/// Faces: found, judged, and on request aligned, turned into templates and examined for life.
struct FaceStage: Sendable {
    let models: FaceModels
    let picture: Picture
    let options: AnalysisOptions

    /// Of a crowd so many are aligned and compared, the most certain first.
    private static let maximumDescribed = 50
    /// Pixels; smaller faces are nobody's.
    private static let smallestDescribed: Float = 16

    /// The faces of the picture, the most certain first.
    func faces() async throws -> Timed<[Face]> {
        let minimumScore = options.threshold ?? models.detector.score
        var found = try await models.detector.detections(
            in: picture, profile: options.profile, minimumScore: minimumScore, deadline: options.deadline)
        found.value = Array(found.value.prefix(options.maximumResults))
        let judged = try await judged(found.value)
        let (stage, slots) = (self, models.detector.model.slots)
        var faces = try await Array(judged.value.enumerated()).gathered(slots) { index, face in
            try await stage.described(face, isCompared: index < Self.maximumDescribed)
        }
        faces.times += found.times
        faces.times += judged.times
        return faces
    }

    /// The faces with their qualities, which are measured on the pixels.
    private func judged(_ detections: [Detection]) async throws -> Timed<[Face]> {
        let picture = picture
        return try await models.detector.model.onPool {
            let start = ContinuousClock.now
            let faces = detections.map { Face(detection: $0, quality: FaceQuality(of: $0, in: picture)) }
            var times = StageTimes()
            times.postprocess = ContinuousClock.now - start
            return Timed(value: faces, times: times)
        }
    }

    private func described(_ face: Face, isCompared: Bool) async throws -> Timed<Face> {
        var times = StageTimes()
        var face = face
        let detection = face.detection
        if let landmarks = models.landmarks {
            let points = try await landmarks.points(of: detection, in: picture, deadline: options.deadline)
            times += points.times
            face.landmarks = points.value ?? face.landmarks
        }
        guard options.tasks.contains(.recognition), isCompared,
            min(detection.box.width, detection.box.height) >= Self.smallestDescribed
        else { return Timed(value: face, times: times) }
        let landmarks = face.landmarks
        async let templates = templates(aligning: landmarks)
        async let liveness = liveness(of: detection.box)
        let (described, alive) = (try await templates, try await liveness)
        face.templates = described.value
        face.liveness = alive.value
        times += described.times
        times += alive.times
        return Timed(value: face, times: times)
    }

    /// One of each embedding model; none when the landmarks coincide.
    private func templates(aligning landmarks: [Point]) async throws -> Timed<[Template]> {
        var found = Timed(value: [Template](), times: StageTimes())
        for embedder in models.embedders {
            let vector = try await embedder.embedding(
                aligning: landmarks, in: picture, deadline: options.deadline)
            found.times += vector.times
            if let vector = vector.value { found.value.append(Template(model: embedder.model.entry, vector: vector)) }
        }
        return found
    }

    /// Whether the mean of the models' class `live` reaches what the first of them asks for; `nil` without models.
    private func liveness(of box: Rectangle) async throws -> Timed<Liveness?> {
        var times = StageTimes()
        var scores: [Float] = []
        for model in models.liveness {
            let found = try await model.classification(
                of: box, in: picture, deadline: options.deadline)
            times += found.times
            if let score = found.value?.probability(of: "live") { scores.append(score) }
        }
        guard !scores.isEmpty, let threshold = models.liveness.first?.model.entry.thresholds.score else {
            return Timed(value: nil, times: times)
        }
        let score = scores.reduce(0, +) / Float(scores.count)
        return Timed(value: Liveness(score: score, isLive: score >= Float(threshold)), times: times)
    }
}

extension FaceQuality {
    /// Sharpness and light are taken of the box's middle, where there is little but skin, eyes and mouth.
    init(of face: Detection, in picture: Picture) {
        let middle = face.box.scaled(by: 0.8)
        let light = picture.exposure(of: middle)
        self.init(
            face, sharpness: picture.sharpness(of: middle), brightness: light.mean, contrast: light.contrast,
            clipped: light.dark + light.bright)
    }
}
