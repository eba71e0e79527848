import ModelCatalog

/// The models behind the tasks. A role without a model keeps the reason, and only the tasks that need it fail.
public struct TaskModels: Sendable {
    private(set) var persons: Result<Detector, PipelineError>
    private(set) var faces: Result<Detector, PipelineError>
    private(set) var vehicles: Result<Detector, PipelineError>
    private(set) var plates: Result<Detector, PipelineError>
    private(set) var plateReader: Result<PlateReader, PipelineError>

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

    /// These models after each has run once; one that cannot, or answers in a form that its decoder does not read,
    /// leaves its roles without a model.
    public func rehearsed() async -> TaskModels {
        var models = self
        models.persons = await Self.rehearsed(persons, \.model) { try await $0.rehearse() }
        models.faces = await Self.rehearsed(faces, \.model) { try await $0.rehearse() }
        models.vehicles = await Self.rehearsed(vehicles, \.model) { try await $0.rehearse() }
        models.plates = await Self.rehearsed(plates, \.model) { try await $0.rehearse() }
        models.plateReader = await Self.rehearsed(plateReader, \.model) { try await $0.rehearse() }
        return models
    }

    private static func rehearsed<Role: Sendable>(
        _ role: Result<Role, PipelineError>, _ model: (Role) -> LoadedModel, _ rehearse: (Role) async throws -> Void
    ) async -> Result<Role, PipelineError> {
        guard case .success(let filled) = role else { return role }
        do {
            try await rehearse(filled)
            return role
        } catch {
            let identity = model(filled).entry.identity
            return .failure(
                PipelineError(
                    .modelMissing, "model \(identity) does not work as its catalogue entry says: \(error)"))
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
