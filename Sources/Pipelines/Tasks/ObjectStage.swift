import Imaging
import ModelCatalog
import Vision

/// Persons and vehicles: one run of the detector when both tasks use the same model.
struct ObjectStage: Sendable {
    let models: TaskModels
    let options: AnalysisOptions

    struct Objects: Sendable {
        var persons: [Detection] = []
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
        let persons = options.tasks.contains(.persons) ? try models.persons.get() : nil
        // Without a vehicle detector plates are looked for on the whole picture only.
        let vehicles =
            options.tasks.contains(.vehicles)
            ? try models.vehicles.get() : options.tasks.contains(.plates) ? try? models.vehicles.get() : nil
        var found = Timed(value: Objects(), times: StageTimes())
        if let persons, let vehicles, persons.model === vehicles.model {
            let score = min(personScore(persons), searchScore(vehicles))
            let all = try await detections(persons, picture, score)
            found.value.persons = people(all.value, persons)
            found.value.vehicles = vehicleItems(all.value, vehicles)
            found.value.models = [persons.model]
            found.times += all.times
        } else {
            if let persons {
                let all = try await detections(persons, picture, personScore(persons))
                found.value.persons = people(all.value, persons)
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
        try await detector.detections(
            in: picture, profile: options.profile, minimumScore: score, deadline: options.deadline)
    }

    private func personScore(_ detector: Detector) -> Float { options.threshold ?? detector.score }

    /// The score from which vehicles are looked at: lower when plates are wanted, since a plate proves its vehicle.
    private func searchScore(_ detector: Detector) -> Float {
        let reported = options.threshold ?? detector.score
        guard options.tasks.contains(.plates) else { return reported }
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
        return detections.compactMap { detection in
            let label = labels[detection.classIndex]
            guard detection.score >= score, Self.vehicleTypes.contains(label) else { return nil }
            return Vehicle(type: label, detection: detection)
        }
    }
}
