import Imaging
import ModelCatalog
import Vision

/// Persons and vehicles: one run of the detector when both tasks use the same model.
struct ObjectStage: Sendable {
    let models: TaskModels
    let options: AnalysisOptions

    struct Objects: Sendable {
        var persons: [Detection] = []
        /// Furniture and the like, for the behaviour of those who sit on it.
        var seats: [Rectangle] = []
        /// All that were found, for the plates on them; what is reported is ``reported(_:)``.
        var vehicles: [Vehicle] = []
        var vehicleScore: Float = 0
        var models: [LoadedModel] = []

        /// The vehicles that the caller wants to see.
        func reported(_ options: AnalysisOptions) -> [Vehicle] {
            Array(vehicles.filter { $0.detection.score >= vehicleScore }.prefix(options.maximumResults))
        }
    }

    private static let vehicleTypes: Set<String> = ["bicycle", "bus", "car", "motorcycle", "truck"]

    func objects(in picture: Picture) async throws -> Timed<Objects> {
        // Poses are also found without a person detector, and plates, on the whole picture only, without one for
        // vehicles.
        let persons =
            options.needsPersons && models.poseDetector.failure != nil ? try models.persons.get() : nil
        let vehicles =
            options.tasks.contains(.vehicles)
            ? try models.vehicles.get() : options.needsCarriers ? try? models.vehicles.get() : nil
        var found = Timed(value: Objects(), times: StageTimes())
        if let persons, let vehicles, persons.model === vehicles.model {
            let score = min(lookScore(persons), searchScore(vehicles))
            let all = try await detections(persons, picture, score)
            found.value.persons = people(all.value, persons)
            found.value.seats = seats(all.value, persons)
            found.value.vehicles = vehicleItems(all.value, vehicles)
            found.value.models = [persons.model]
            found.times += all.times
        } else {
            if let persons {
                let all = try await detections(persons, picture, lookScore(persons))
                found.value.persons = people(all.value, persons)
                found.value.seats = seats(all.value, persons)
                found.value.models.append(persons.model)
                found.times += all.times
            }
            if let vehicles {
                let all = try await detections(vehicles, picture, searchScore(vehicles))
                found.value.vehicles = vehicleItems(all.value, vehicles)
                found.value.models.append(vehicles.model)
                found.times += all.times
            }
        }
        if let vehicles { found.value.vehicleScore = options.threshold ?? vehicles.score }
        return found
    }

    private func detections(
        _ detector: Detector, _ picture: Picture, _ score: Float
    ) async throws -> Timed<[Detection]> {
        guard options.profile == .accurate else {
            return try await detector.detections(
                in: picture, profile: options.profile, minimumScore: score, deadline: options.deadline)
        }
        return try await TiledDetection(detector: detector, deadline: options.deadline)
            .detections(in: picture, minimumScore: score)
    }

    /// Who stands in a queue or lies on the ground is found less surely: behaviour looks further down.
    private func personScore(_ detector: Detector) -> Float {
        options.threshold ?? (options.behaviour ? min(detector.score, Self.behaviourScore) : detector.score)
    }

    private static let behaviourScore: Float = 0.3

    /// The score from which the person detector's finds are looked at: seats count from a lower one.
    private func lookScore(_ detector: Detector) -> Float {
        options.behaviour ? min(personScore(detector), Self.seatScore) : personScore(detector)
    }

    private static let seatScore: Float = 0.3

    private func seats(_ detections: [Detection], _ detector: Detector) -> [Rectangle] {
        guard options.behaviour else { return [] }
        let labels = detector.model.entry.labels
        return detections.filter { $0.score >= Self.seatScore && Behaviour.seatLabels.contains(labels[$0.classIndex]) }
            .map(\.box)
    }

    /// The score from which vehicles are looked at: lower when plates are wanted, since a plate proves its vehicle.
    private func searchScore(_ detector: Detector) -> Float {
        let reported = options.threshold ?? detector.score
        guard options.needsCarriers else { return reported }
        return options.tasks.contains(.vehicles) ? min(reported, PlateRegions.vehicleScore) : PlateRegions.vehicleScore
    }

    private func people(_ detections: [Detection], _ detector: Detector) -> [Detection] {
        let labels = detector.model.entry.labels
        let score = personScore(detector)
        return detections.filter { $0.score >= score && labels[$0.classIndex] == "person" }
    }

    private func vehicleItems(_ detections: [Detection], _ detector: Detector) -> [Vehicle] {
        let labels = detector.model.entry.labels
        let score = searchScore(detector)
        let found = detections.compactMap { detection -> Vehicle? in
            let label = labels[detection.classIndex]
            guard detection.score >= score, Self.vehicleTypes.contains(label) else { return nil }
            return Vehicle(type: label, detection: detection)
        }
        return found.withoutSecondNames
    }
}

extension [Vehicle] {
    /// A car that was found as a truck or a bus as well is one vehicle, by the surer name.
    fileprivate var withoutSecondNames: [Vehicle] {
        var kept: [Vehicle] = []
        for vehicle in self where !kept.contains(where: { $0.isSame(as: vehicle) }) { kept.append(vehicle) }
        return kept
    }
}

extension Vehicle {
    private static let confused: Set<String> = ["bus", "car", "truck"]

    fileprivate func isSame(as other: Vehicle) -> Bool {
        Self.confused.contains(type) && Self.confused.contains(other.type)
            && detection.box.intersectionOverUnion(other.detection.box) > 0.7
    }
}
