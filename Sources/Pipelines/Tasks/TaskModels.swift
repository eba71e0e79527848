import ModelCatalog

/// The models behind the tasks. A role without a model keeps the reason, and only the tasks that need it fail.
public struct TaskModels: Sendable {
    let persons: Result<Detector, PipelineError>
    let faces: Result<Detector, PipelineError>
    let vehicles: Result<Detector, PipelineError>
    let plates: Result<Detector, PipelineError>
    let plateReader: Result<PlateReader, PipelineError>

    /// - Parameter load: gives the loaded model of a role inside a task, or why there is none. Asked once per
    ///   role; it may give the same model for several.
    public init(_ load: (ModelTask, ServedTask) -> Result<LoadedModel, PipelineError>) {
        func detector(_ role: ModelTask, _ task: ServedTask) -> Result<Detector, PipelineError> {
            load(role, task).flatMap { model in Result { () throws(PipelineError) in try Detector(model) } }
        }
        persons = detector(.objectDetection, .persons)
        faces = detector(.faceDetection, .faces)
        vehicles = detector(.objectDetection, .vehicles)
        plates = detector(.plateDetection, .plates)
        plateReader = load(.plateOCR, .plates).flatMap { model in
            Result { () throws(PipelineError) in try PlateReader(model) }
        }
    }

    /// Why a task cannot be done, or `nil` when it can. Plates are also found without a vehicle detector, on the
    /// whole picture only.
    public func reasonMissing(_ task: ServedTask) -> PipelineError? {
        switch task {
        case .persons: persons.failure
        case .faces: faces.failure
        case .vehicles: vehicles.failure
        case .plates: plates.failure ?? plateReader.failure
        case .poses: PipelineError(.unsupportedModel, "poses are not part of this version")
        }
    }

    /// The loaded models, each once.
    public var all: [LoadedModel] {
        let models =
            [persons, faces, vehicles, plates].compactMap { try? $0.get().model }
            + [plateReader].compactMap { try? $0.get().model }
        var seen: Set<ObjectIdentifier> = []
        return models.filter { seen.insert(ObjectIdentifier($0)).inserted }
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
