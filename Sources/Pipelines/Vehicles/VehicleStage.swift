import Imaging
import ModelCatalog
import Vision

/// Colour and classes of vehicles.
struct VehicleStage: Sendable {
    /// A smaller vehicle shows too little of its paint.
    private static let smallestSide: Float = 24
    /// Of a full car park the largest are looked at.
    private static let maximum = 20
    /// Below it a colour is a guess; these and the vetoes are measured in docs/decisions/0014.
    private static let leastColour: Float = 0.7
    /// Red wants paint, not only lights.
    private static let leastColourful: Float = 0.1
    /// White wants light, or it is silver in the shade.
    private static let leastBright: Float = 158

    let classifier: CropClassifier
    let picture: Picture
    let options: AnalysisOptions

    /// The vehicles with their colours, and with classes where the options ask for them; the rest as they are.
    func described(_ vehicles: [Vehicle]) async throws -> Timed<[Vehicle]> {
        let bySize = vehicles.indices.sorted { vehicles[$0].detection.box.area > vehicles[$1].detection.box.area }
        let looked = Set(bySize.filter { vehicles[$0].isLarge(Self.smallestSide) }.prefix(Self.maximum))
        let classified: Set<Int> =
            switch options.classified {
            case nil: []
            case .largest: Set(bySize.prefix(1))
            case .every: Set(bySize)
            }
        let stage = self
        let numbered = vehicles.indices.map { ($0, vehicles[$0]) }
        return try await numbered.gathered(classifier.model.slots) { index, vehicle in
            guard looked.contains(index) || classified.contains(index) else {
                return Timed(value: vehicle, times: StageTimes())
            }
            return try await stage.described(vehicle, classes: classified.contains(index))
        }
    }

    /// The whole picture as one vehicle, for a picture that was cut out by somebody else.
    func wholePicture() async throws -> Timed<Vehicle?> {
        let box = Rectangle(x: 0, y: 0, width: Float(picture.width), height: Float(picture.height))
        let found = try await classifier.classification(of: box, in: picture, deadline: options.deadline)
        guard let type = found.value?.ranked(Self.types).first, type.probability >= options.threshold ?? 0 else {
            return Timed(value: nil, times: found.times)
        }
        var vehicle = Vehicle(
            type: type.label == "van" ? "car" : type.label, detection: Detection(box: box, score: type.probability),
            isWholePicture: true)
        vehicle.colour = try await colour(found.value, in: box)
        vehicle.classes = found.value?.ranked(Self.types)
        return Timed(value: vehicle, times: found.times)
    }

    private func described(_ vehicle: Vehicle, classes: Bool) async throws -> Timed<Vehicle> {
        let found = try await classifier.classification(
            of: vehicle.detection.box, in: picture, deadline: options.deadline)
        var vehicle = vehicle
        vehicle.colour = try await colour(found.value, in: vehicle.detection.box)
        if classes { vehicle.classes = found.value?.ranked(Self.types) }
        return Timed(value: vehicle, times: found.times)
    }

    /// The colour that the classifier is sure of, unless the pixels speak against it.
    private func colour(_ found: Classification?, in box: Rectangle) async throws -> Classification.Class? {
        guard let best = found?.best, best.probability >= Self.leastColour else { return nil }
        guard ["red", "white"].contains(best.label) else { return best }
        let picture = picture
        let paint = try await classifier.model.onPool { picture.paint(of: box) }
        let isSo =
            best.label == "red" ? paint.colourful >= Self.leastColourful : paint.brightQuarter >= Self.leastBright
        return isSo ? best : nil
    }

    private static let types = ["car", "bus", "truck", "van"]
}

extension Vehicle {
    fileprivate func isLarge(_ side: Float) -> Bool { min(detection.box.width, detection.box.height) >= side }
}

extension Classification {
    /// Those of a further output's values, most probable first.
    fileprivate func ranked(_ labels: [String]) -> [Class] {
        labels.compactMap { label in values[label].map { Class(label: label, probability: $0) } }
            .sorted { $0.probability > $1.probability }
    }
}
