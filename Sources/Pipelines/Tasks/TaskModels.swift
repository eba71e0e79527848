import ModelCatalog
import Vision

/// The models behind the tasks. A role without a model keeps the reason, and only the tasks that need it fail.
public struct TaskModels: Sendable {
    typealias Role<Filled> = Result<Filled, PipelineError>

    private(set) var persons: Role<Detector>
    private(set) var faces: Role<Detector>
    private(set) var vehicles: Role<Detector>
    private(set) var plates: Role<Detector>
    private(set) var plateReader: Role<PlateReader>
    /// Finds plates that the plate detector misses, and the lines on plates. Plates are read without it as well.
    private(set) var plateText: Role<TextFinder>
    /// Confirms what the plate reader reads, line by line. Plates are read without it as well.
    private(set) var plateLineReader: Role<PlateLineReader>
    private(set) var faceLandmarks: Role<FaceLandmarks>
    private(set) var faceEmbedder: Role<CropEmbedder>
    /// Embedding models whose templates are still in the gallery.
    private(set) var formerEmbedders: [CropEmbedder] = []
    private(set) var liveness: Role<[CropClassifier]>
    private(set) var poses: Role<PoseEstimator>
    private(set) var poseDetector: Role<Detector>
    private(set) var personAttributes: Role<CropClassifier>
    private(set) var personEmbedder: Role<CropEmbedder>
    private(set) var vehicleAttributes: Role<CropClassifier>

    /// - Parameter load: gives the loaded models of a role inside a task, one except for roles that are ensembles, or
    ///   why there is none. It may give the same model for several roles.
    public init(_ load: (ModelTask, ServedTask) -> Result<[LoadedModel], PipelineError>) {
        func all<Stage>(
            _ role: ModelTask, _ task: ServedTask, _ make: (LoadedModel) throws(PipelineError) -> Stage
        ) -> Role<[Stage]> {
            load(role, task).flatMap { models in
                Result { () throws(PipelineError) in
                    var stages: [Stage] = []
                    for model in models { stages.append(try make(model)) }
                    return stages
                }
            }
        }
        func one<Stage>(
            _ role: ModelTask, _ task: ServedTask, _ make: (LoadedModel) throws(PipelineError) -> Stage
        ) -> Role<Stage> {
            all(role, task, make).flatMap { stages in
                stages.first.map { .success($0) } ?? .failure(Self.nothing(role, task))
            }
        }
        persons = one(.objectDetection, .persons, Detector.init)
        faces = one(.faceDetection, .faces, Detector.init)
        vehicles = one(.objectDetection, .vehicles, Detector.init)
        plates = one(.plateDetection, .plates, Detector.init)
        let readers = load(.plateOCR, .plates)
        plateReader = Self.reader(of: .slotText, in: readers, PlateReader.init)
        plateLineReader = Self.reader(of: .ctcText, in: readers, PlateLineReader.init)
        plateText = one(.textDetection, .plates, TextFinder.init)
        faceEmbedder = one(.faceEmbedding, .recognition, CropEmbedder.init)
        liveness = all(.faceAntispoof, .recognition, CropClassifier.init)
        poses = one(.pose, .poses, PoseEstimator.init)
        personAttributes = one(.personAttributes, .attributes, CropClassifier.init)
        personEmbedder = one(.personReID, .reidentification, CropEmbedder.init)
        vehicleAttributes = one(.vehicleAttributes, .vehicles, CropClassifier.init)
        // These two stand in for what better models give, and cost memory only where those are not here.
        faceLandmarks =
            (try? faces.get().faceLandmarks != FaceLandmark.five) == true
            ? one(.faceLandmarks, .faces, FaceLandmarks.init) : .failure(Self.notNeeded)
        poseDetector =
            persons.failure == nil ? .failure(Self.notNeeded) : one(.poseDetection, .poses, Detector.init)
    }

    /// The first of the readers of plates that reads as `kind` says.
    private static func reader<Stage>(
        of kind: CatalogEntry.Decoder.Kind, in readers: Result<[LoadedModel], PipelineError>,
        _ make: (LoadedModel) throws(PipelineError) -> Stage
    ) -> Role<Stage> {
        readers.flatMap { models in
            guard let model = models.first(where: { $0.entry.decoder.kind == kind }) else {
                return .failure(nothing(.plateOCR, .plates))
            }
            return Result { () throws(PipelineError) in try make(model) }
        }
    }

    private static let notNeeded = PipelineError(.modelMissing, "not needed beside the other models")

    private static func nothing(_ role: ModelTask, _ task: ServedTask) -> PipelineError {
        PipelineError(.modelMissing, "there is no model for \(task.rawValue) (\(role.rawValue))")
    }

    /// The model that new templates are made with.
    public var presentEmbeddingModel: Result<LoadedModel, PipelineError> { faceEmbedder.map(\.model) }

    /// Adds the model of templates that were made before the present embedding model.
    /// - Throws: `PipelineError` when it is no embedding model.
    public mutating func add(formerEmbedder model: LoadedModel) throws(PipelineError) {
        formerEmbedders.append(try CropEmbedder(model))
    }

    /// These models after each has run once; one that cannot, or answers in a form that its decoder does not read,
    /// leaves its roles without a model.
    public func rehearsed() async -> TaskModels {
        var models = self
        models.persons = await Self.rehearsed(persons)
        models.faces = await Self.rehearsed(faces)
        models.vehicles = await Self.rehearsed(vehicles)
        models.plates = await Self.rehearsed(plates)
        models.plateReader = await Self.rehearsed(plateReader)
        models.plateText = await Self.rehearsed(plateText)
        models.plateLineReader = await Self.rehearsed(plateLineReader)
        models.faceLandmarks = await Self.rehearsed(faceLandmarks)
        models.faceEmbedder = await Self.rehearsed(faceEmbedder)
        models.formerEmbedders = (try? await Self.rehearsed(.success(formerEmbedders)).get()) ?? []
        models.liveness = await Self.rehearsed(liveness)
        models.poses = await Self.rehearsed(poses)
        models.poseDetector = await Self.rehearsed(poseDetector)
        models.personAttributes = await Self.rehearsed(personAttributes)
        models.personEmbedder = await Self.rehearsed(personEmbedder)
        models.vehicleAttributes = await Self.rehearsed(vehicleAttributes)
        return models
    }

    private static func rehearsed<Stage: PipelineModel>(_ role: Role<Stage>) async -> Role<Stage> {
        guard case .success(let stage) = role else { return role }
        do {
            try await stage.rehearse()
            return role
        } catch {
            return .failure(
                PipelineError(
                    .modelMissing,
                    "model \(stage.model.entry.identity) does not work as its catalogue entry says: \(error)"))
        }
    }

    /// Of an ensemble those that work, unless none does.
    private static func rehearsed<Stage: PipelineModel>(_ role: Role<[Stage]>) async -> Role<[Stage]> {
        guard case .success(let stages) = role else { return role }
        var working: [Stage] = []
        var failure: PipelineError?
        for stage in stages {
            switch await rehearsed(.success(stage)) {
            case .success(let stage): working.append(stage)
            case .failure(let error): failure = failure ?? error
            }
        }
        if working.isEmpty, let failure { return .failure(failure) }
        return .success(working)
    }

    /// Why a task cannot be done, or `nil` when it can. Plates are also found without a vehicle detector, on the
    /// whole picture only.
    public func reasonMissing(_ task: ServedTask) -> PipelineError? {
        switch task {
        case .persons: persons.failure
        case .faces: faces.failure
        case .vehicles: vehicles.failure
        case .plates: readsPlatesAsText ? nil : plates.failure ?? plateReader.failure
        case .poses: poses.failure ?? (poseDetector.failure == nil ? nil : persons.failure)
        case .recognition: faces.failure ?? faceEmbedder.failure
        case .attributes: persons.failure ?? personAttributes.failure
        case .reidentification: persons.failure ?? personEmbedder.failure
        }
    }

    /// Whether plates are read as lines of text, because a detector or a reader of plates is not here.
    var readsPlatesAsText: Bool {
        (plates.failure != nil || plateReader.failure != nil) && plateText.failure == nil
            && plateLineReader.failure == nil
    }

    /// The loaded models, each once.
    public var all: [LoadedModel] {
        let single: [LoadedModel?] = [
            model(persons), model(faces), model(vehicles), model(plates), model(plateReader), model(plateText),
            model(plateLineReader), model(faceLandmarks), model(faceEmbedder),
            model(poses), model(poseDetector), model(personAttributes), model(personEmbedder),
            model(vehicleAttributes),
        ]
        let ensembles =
            ((try? liveness.get()) ?? []).map(\.model)
            + formerEmbedders.map(\.model)
        var seen: Set<ObjectIdentifier> = []
        return (single.compactMap { $0 } + ensembles).filter { seen.insert(ObjectIdentifier($0)).inserted }
    }

    /// The loaded models that take part in tasks, detectors first.
    public func serving(_ tasks: Set<ServedTask>) -> [LoadedModel] {
        let options = AnalysisOptions(tasks: tasks)
        var models: [LoadedModel] = []
        if options.needsPersons { models += [model(persons)].compactMap { $0 } }
        if tasks.contains(.vehicles) || tasks.contains(.plates) { models += [model(vehicles)].compactMap { $0 } }
        var seen: Set<ObjectIdentifier> = []
        return (models + taking(part: options)).filter { seen.insert(ObjectIdentifier($0)).inserted }
    }

    private func model(_ role: Role<some PipelineModel>) -> LoadedModel? { try? role.get().model }

    /// What the stage of faces works with.
    func faceModels() throws -> FaceModels {
        FaceModels(
            detector: try faces.get(), landmarks: try? faceLandmarks.get(),
            embedders: ((try? faceEmbedder.get()).map { [$0] } ?? []) + formerEmbedders,
            liveness: (try? liveness.get()) ?? [])
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
