import AIBoxAPI
import ModelCatalog
import Pipelines
import ServiceClients
import ServiceHTTP
import Vision

extension AnalysisOptions {
    /// - Precondition: values are in the ranges that `AnalysisRequest` states; the routes see to it.
    init(_ request: AnalysisRequest) {
        self.init(
            tasks: Set(request.tasks.map(\.served)), threshold: request.threshold.map(Float.init),
            maximumResults: request.maxResults, profile: ModelProfile(request.profile), annotate: request.annotate,
            deadline: request.deadlineMS.map { ContinuousClock.now + .milliseconds($0) })
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
    init(_ analysis: Analysis) {
        let listed = analysis.vehicles?.map { (vehicle: $0, item: VehicleItem($0)) }
        func item(_ vehicle: Vehicle) -> VehicleItem {
            listed?.first { $0.vehicle.detection.box == vehicle.detection.box && $0.vehicle.type == vehicle.type }?.item
                ?? VehicleItem(vehicle)
        }
        self.init(
            models: analysis.models.map {
                ModelUse(name: $0.entry.name, version: $0.entry.version, engine: $0.engine)
            },
            image: ImageSize(width: analysis.width, height: analysis.height),
            persons: analysis.persons?.map(PersonItem.init),
            faces: analysis.faces?.map(FaceItem.init),
            vehicles: listed?.map(\.item),
            plates: analysis.plates?.map { PlateItem($0, vehicle: $0.vehicle.map(item)) },
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

extension PersonItem {
    init(_ detection: Detection) {
        self.init(confidence: detection.score.confidence, boundingBox: BoundingBox(detection.box))
    }
}

extension FaceItem {
    init(_ face: Face) {
        self.init(
            confidence: face.detection.score.confidence, boundingBox: BoundingBox(face.detection.box),
            landmarks: face.detection.points.map(\.pair), quality: face.quality.confidence)
    }
}

extension VehicleItem {
    init(_ vehicle: Vehicle) {
        self.init(
            vehicleType: vehicle.type, confidence: vehicle.detection.score.confidence,
            boundingBox: BoundingBox(vehicle.detection.box))
    }
}

extension PlateItem {
    init(_ plate: Plate, vehicle: VehicleItem?) {
        self.init(
            plateNumber: plate.reading.text, confidence: plate.reading.confidence.confidence,
            boundingBox: BoundingBox(plate.detection.box), corners: plate.corners.points.map(\.pair),
            characters: plate.reading.characters.map {
                Character(char: String($0.character), confidence: $0.confidence.confidence)
            },
            candidates: plate.reading.candidates.filter { $0.probability >= 0.0001 }.map {
                Candidate(plateNumber: $0.text, countryCode: nil, probability: $0.probability.confidence)
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
