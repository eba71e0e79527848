import Imaging
import ModelCatalog
import Vision

/// What there is to say about persons beyond their boxes: poses, behaviour, attributes, vectors.
struct PersonStage: Sendable {
    let models: TaskModels
    let picture: Picture
    let options: AnalysisOptions
    /// What somebody may sit on.
    let seats: [Rectangle]

    struct Found: Sendable {
        var person: Person
        var pose: Pose?
    }

    /// Each person with what the options ask for.
    func described(_ detections: [Detection]) async throws -> Timed<[Found]> {
        let stage = self
        let slots = (try? models.poses.get().model.slots) ?? 1
        return try await detections.gathered(slots) { try await stage.described($0) }
    }

    private func described(_ detection: Detection) async throws -> Timed<Found> {
        async let pose = pose(of: detection)
        async let attributes = attributes(of: detection)
        async let embedding = embedding(of: detection)
        let (body, wears, vector) = (try await pose, try await attributes, try await embedding)
        var found = Timed(value: Found(person: Person(detection: detection)), times: body.times)
        found.times += wears.times
        found.times += vector.times
        found.value.pose = body.value
        found.value.person.attributes = wears.value
        found.value.person.embedding = vector.value
        if options.behaviour {
            found.value.person.behaviour = Behaviour(
                keypoints: body.value?.keypoints ?? [], box: detection.box, seats: seats)
        }
        return found
    }

    private func pose(of person: Detection) async throws -> Timed<Pose?> {
        guard options.behaviour || options.tasks.contains(.poses) else { return .nothing }
        return try await models.poses.get().pose(of: person.box, in: picture, deadline: options.deadline)
    }

    private func attributes(of person: Detection) async throws -> Timed<[PersonAttribute]?> {
        guard options.tasks.contains(.attributes) else { return .nothing }
        let classifier = try models.personAttributes.get()
        let found = try await classifier.classification(of: person.box, in: picture, deadline: options.deadline)
        let answers = classifier.model.entry.thresholds.answers ?? [:]
        return Timed(value: found.value.map { $0.attributes(answers) }, times: found.times)
    }

    private func embedding(of person: Detection) async throws -> Timed<[Float]?> {
        guard options.tasks.contains(.reidentification) else { return .nothing }
        return try await models.personEmbedder.get().embedding(of: person.box, in: picture, deadline: options.deadline)
    }

    /// Poses without a person detector: MediaPipe's pose detector says where somebody stands and how; the box is the
    /// extent of the points.
    func posesAlone(_ detector: Detector) async throws -> Timed<[BodyPose]> {
        let found = try await detector.detections(
            in: picture, profile: options.profile, minimumScore: options.threshold ?? detector.score,
            deadline: options.deadline)
        let (estimator, picture, deadline) = (try models.poses.get(), picture, options.deadline)
        let poses = try await found.value.filter { $0.points.count >= 2 }.gathered(estimator.model.slots) { hit in
            let pose = try await estimator.pose(standingAs: hit.points, in: picture, deadline: deadline)
            return Timed(
                value: pose.value.flatMap { BodyPose($0, score: hit.score, in: picture) }, times: pose.times)
        }
        var result = Timed(value: poses.value.compactMap { $0 }, times: found.times)
        result.times += poses.times
        return result
    }
}

extension Classification {
    /// The classes that may be answered, in the order of the model's labels.
    fileprivate func attributes(_ answers: [String: CatalogEntry.Answer]) -> [PersonAttribute] {
        classes.compactMap { found in
            guard let answer = answers[found.label] else { return nil }
            let probability = Double(found.probability)
            let isThere: Bool? =
                if let yes = answer.yes, probability >= yes { true } else if let no = answer.no, probability < no {
                    false
                } else { nil }
            return PersonAttribute(name: found.label, isPresent: isThere, probability: found.probability)
        }
    }
}

extension BodyPose {
    /// A pose whose box is the extent of its points inside the picture; `nil` when nothing of it lies inside.
    fileprivate init?(_ pose: Pose, score: Float, in picture: Picture) {
        let xs = pose.keypoints.map(\.point.x)
        let ys = pose.keypoints.map(\.point.y)
        guard let left = xs.min(), let right = xs.max(), let top = ys.min(), let bottom = ys.max() else { return nil }
        let extent = Detection(box: Rectangle(left: left, top: top, right: right, bottom: bottom), score: score)
        guard let inside = extent.clipped(width: Float(picture.width), height: Float(picture.height)) else {
            return nil
        }
        self.init(detection: inside, pose: pose)
    }
}

extension Timed where Value: ExpressibleByNilLiteral {
    /// What was not asked for.
    static var nothing: Timed { Timed(value: nil, times: StageTimes()) }
}
