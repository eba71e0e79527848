import AIBoxAPI
import ModelCatalog
import Pipelines
import ServiceClients
import ServiceHTTP
import Vision

extension AnalysisOptions {
    /// - Precondition: values are in the ranges that `AnalysisRequest` states; the routes see to it.
    init(_ request: AnalysisRequest) {
        var tasks = Set(request.tasks.map(\.served))
        if request.recognize { tasks.formUnion([.faces, .recognition]) }
        if request.attributes { tasks.insert(.attributes) }
        if request.embedding { tasks.insert(.reidentification) }
        self.init(
            tasks: tasks, threshold: request.threshold.map(Float.init),
            maximumResults: request.maxResults, profile: ModelProfile(request.profile), annotate: request.annotate,
            deadline: request.deadlineMS.map { ContinuousClock.now + .milliseconds($0) })
        countryCode = request.countryCode
        behaviour = request.behavior
        classified = request.classify.map { $0 == .all ? .every : .largest }
        blur = request.blur.map(Blur.init)
    }
}

extension AnalysisOptions.Blur {
    init(_ blur: PrivacyBlur) {
        self =
            switch blur {
            case .faces: .faces
            case .plates: .plates
            case .unknownFaces: .unknownFaces
            }
    }
}

extension ModelProfile {
    init(_ profile: AnalysisProfile) {
        self =
            switch profile {
            case .fast: .fast
            case .balanced: .balanced
            case .accurate: .accurate
            }
    }
}

extension AnalysisResult {
    /// A vehicle that is listed and carries a plate is one item with one identifier.
    /// - Parameter isRecognized: whether faces were compared with a gallery.
    init(_ analysis: Analysis, isRecognized: Bool) {
        let listed = analysis.vehicles?.map { (vehicle: $0, item: VehicleItem($0)) }
        func item(_ vehicle: Vehicle) -> VehicleItem {
            listed?.first { $0.vehicle.detection.box == vehicle.detection.box && $0.vehicle.type == vehicle.type }?.item
                ?? VehicleItem(vehicle)
        }
        self.init(
            models: analysis.models.distinct.map(ModelUse.init),
            image: ImageSize(width: analysis.width, height: analysis.height),
            persons: analysis.persons?.map(PersonItem.init),
            faces: analysis.faces?.map { FaceItem($0, isRecognized: isRecognized) },
            vehicles: listed?.map(\.item),
            plates: analysis.plates?.map { PlateItem($0, vehicle: $0.vehicle.map(item)) },
            poses: analysis.poses?.map(PoseItem.init),
            timing: StageTiming(analysis.times))
    }
}

extension StageTiming {
    init(_ times: StageTimes) {
        self.init()
        decodeMS = times.decode.milliseconds
        preprocessMS = times.preprocess.milliseconds
        queueMS = times.queue.milliseconds
        inferenceMS = times.inference.milliseconds
        postprocessMS = times.postprocess.milliseconds
    }
}

extension ModelUse {
    init(_ model: LoadedModel) {
        self.init(name: model.entry.name, version: model.entry.version, engine: model.engine)
        if !model.entry.isMeasured { measured = false }
    }
}

extension [LoadedModel] {
    /// Each once.
    fileprivate var distinct: [LoadedModel] {
        var seen: Set<ObjectIdentifier> = []
        return filter { seen.insert(ObjectIdentifier($0)).inserted }
    }
}

extension PersonItem {
    init(_ person: Pipelines.Person) {
        self.init(confidence: person.detection.score.confidence, boundingBox: BoundingBox(person.detection.box))
        attributes = person.attributes?.map {
            AttributeValue(name: $0.name, present: $0.isPresent, probability: $0.probability.confidence)
        }
        embedding = person.embedding
        behavior = person.behaviour?.posture.rawValue
        behaviorConfidence = person.behaviour?.confidence.confidence
        handsRaised = person.behaviour?.handsRaised
    }
}

extension PoseItem {
    init(_ pose: BodyPose) {
        self.init(
            confidence: pose.detection.score.confidence, boundingBox: BoundingBox(pose.detection.box),
            keypoints: zip(CocoKeypoint.allCases, pose.pose.keypoints).map { name, keypoint in
                Keypoint(
                    name: name.name, x: keypoint.point.x.pixels, y: keypoint.point.y.pixels,
                    confidence: keypoint.confidence.confidence)
            })
    }
}

extension FaceItem {
    init(_ face: Face, isRecognized: Bool) {
        self.init(
            confidence: face.detection.score.confidence, boundingBox: BoundingBox(face.detection.box),
            landmarks: face.landmarks.map(\.pair), quality: face.quality.overall.confidence)
        self.isRecognized = isRecognized
        if !face.templates.isEmpty || isRecognized { qualityDetails = AIBoxAPI.FaceQuality(face.quality) }
        liveness = face.liveness.map(AIBoxAPI.Liveness.init)
        person = face.identity.flatMap(FaceMatch.init)
    }
}

extension FaceMatch {
    init?(_ identity: FaceIdentity) {
        guard let id = UUIDv7(identity.id) else { return nil }
        self.init(
            id: id, name: identity.name, similarity: identity.similarity.confidence,
            cosine: Double(identity.cosine).rounded(to: 4))
    }
}

extension AIBoxAPI.FaceQuality {
    init(_ quality: Vision.FaceQuality) {
        self.init(
            overall: quality.overall.confidence, size: quality.size.confidence,
            sharpness: quality.sharpness.confidence, pose: quality.pose.confidence,
            exposure: quality.exposure.confidence)
    }
}

extension AIBoxAPI.Liveness {
    init(_ liveness: Pipelines.Liveness) {
        self.init(live: liveness.isLive, score: liveness.score.confidence)
    }
}

extension FaceTemplate {
    init(_ template: Template) {
        self.init(
            model: template.model.identity.description, modelSHA256: template.model.sha256, vector: template.vector)
    }
}

extension VehicleItem {
    init(_ vehicle: Vehicle) {
        self.init(
            vehicleType: vehicle.type, confidence: vehicle.detection.score.confidence,
            boundingBox: BoundingBox(vehicle.detection.box),
            color: vehicle.colour.map { Color(name: $0.label, confidence: $0.probability.confidence) })
        if vehicle.isWholePicture { isWholePicture = true }
        classes = vehicle.classes?.map { ClassValue(name: $0.label, confidence: $0.probability.confidence) }
    }
}

extension PlateItem {
    init(_ plate: Plate, vehicle: VehicleItem?) {
        self.init(
            plateNumber: plate.reading.text, confidence: plate.reading.confidence.confidence,
            boundingBox: BoundingBox(plate.detection.box), corners: plate.corners.points.map(\.pair),
            countryCode: plate.countryCode,
            characters: plate.reading.characters.map {
                Character(char: String($0.character), confidence: $0.confidence.confidence)
            },
            candidates: plate.reading.candidates.filter { $0.probability >= 0.0001 }.map {
                Candidate(plateNumber: $0.text, countryCode: $0.countryCode, probability: $0.probability.confidence)
            },
            vehicle: vehicle)
    }
}

extension BoundingBox {
    /// Edges to a hundredth of a pixel, so that a box that ends at the picture's edge ends there.
    init(_ rectangle: Rectangle) {
        let (left, top) = (rectangle.x.pixels, rectangle.y.pixels)
        self.init(
            x: left, y: top, width: ((rectangle.right.pixels - left) * 100).rounded() / 100,
            height: ((rectangle.bottom.pixels - top) * 100).rounded() / 100)
    }
}

extension Point {
    fileprivate var pair: [Double] { [x.pixels, y.pixels] }
}

extension Float {
    /// Pixels to a hundredth, which keeps answers short.
    fileprivate var pixels: Double { (Double(self) * 100).rounded() / 100 }

    /// A score to four digits, within 0–1.
    fileprivate var confidence: Double { (Double(Swift.min(Swift.max(self, 0), 1)) * 10_000).rounded() / 10_000 }
}
