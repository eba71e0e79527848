import Imaging
import ModelCatalog
import NIOCore
import NIOPosix
import Vision

/// One encoded picture in, everything that was asked for out; decoded once, each model run once.
public struct PictureAnalyzer: Sendable {
    public let models: TaskModels
    private let decoder: PictureDecoder
    private let pool: NIOThreadPool
    /// Bounds the decoded pictures in memory.
    private let admission: SlotQueue<Int>

    /// - Parameters:
    ///   - pool: runs decoding and inference; sized from the machine.
    ///   - pictures: how many pictures may be in memory at a time.
    ///   - queueLimit: how many may wait for that.
    public init(models: TaskModels, limits: DecodeLimits, pool: NIOThreadPool, pictures: Int, queueLimit: Int) {
        self.models = models
        self.pool = pool
        decoder = PictureDecoder(limits: limits)
        admission = SlotQueue(name: "analysis", slots: Array(0..<pictures), limit: queueLimit)
    }

    /// Gives each face the person whom the caller's gallery knows it as.
    public typealias Recognizer = @Sendable (inout [Face]) async throws -> Void

    /// - Parameter recognize: called once with the faces and their templates when recognition was asked for, before
    ///   anything is drawn.
    /// - Throws: `PipelineError`, `ImagingError`, `QueueRefusal`, `InferenceError`, `DecodeError`,
    ///   `CancellationError`, or what `recognize` throws.
    public func analyze(
        _ bytes: ByteBuffer, _ options: AnalysisOptions, recognize: Recognizer? = nil
    ) async throws -> Analysis {
        for task in options.tasks {
            if let reason = models.reasonMissing(task) { throw reason }
        }
        let (analysis, waited) = try await admission.withSlot(deadline: options.deadline) { _ in
            let picture = try await decoded(bytes, options)
            return try await analyze(picture, options, recognize)
        }
        var result = analysis
        result.times.queue += waited
        return result
    }

    /// A face for a gallery: the faces of a picture with their templates, the one that `choose` takes, and of that one
    /// a crop with some room around it as JPEG, from which another model can make its template later.
    /// - Throws: as ``analyze(_:_:recognize:)``, and what `choose` throws.
    public func describeFace(
        _ bytes: ByteBuffer, _ options: AnalysisOptions, isCropped: Bool,
        choose: @escaping @Sendable (Analysis) throws -> Face
    ) async throws -> (analysis: Analysis, face: Face, crop: [UInt8]?) {
        if let reason = models.reasonMissing(.recognition) { throw reason }
        return try await admission.withSlot(deadline: options.deadline) { _ in
            let picture = try await decoded(bytes, options)
            let analysis = try await analyze(picture, options, nil)
            let face = try choose(analysis)
            guard isCropped else { return (analysis, face, nil) }
            return (analysis, face, try await pool.runIfActive { try face.crop(of: picture.value) })
        }.result
    }

    /// The re-identification vector of a picture that shows one person and nothing else.
    public func personEmbedding(ofWhole bytes: ByteBuffer) async throws -> [Float]? {
        let embedder = try models.personEmbedder.get()
        return try await admission.withSlot { _ in
            let picture = try await decoded(bytes, AnalysisOptions(tasks: [.reidentification])).value
            let box = Rectangle(x: 0, y: 0, width: Float(picture.width), height: Float(picture.height))
            return try await embedder.embedding(of: box, in: picture, deadline: nil).value
        }.result
    }

    private func analyze(
        _ picture: Timed<Picture>, _ options: AnalysisOptions, _ recognize: Recognizer?
    ) async throws -> Analysis {
        async let faces = faces(in: picture.value, options, recognize)
        let objects = try await ObjectStage(models: models, options: options).objects(in: picture.value)
        async let plates = plates(in: picture.value, vehicles: objects.value.vehicles, options)
        async let people = people(objects.value, in: picture.value, options)
        async let vehicles = vehicles(objects.value.reported(options), in: picture.value, options)

        var analysis = Analysis(
            width: picture.value.width, height: picture.value.height, models: objects.value.models,
            times: picture.times)
        analysis.times += objects.times
        let found = (try await faces, try await plates, try await people, try await vehicles)
        analysis.add(found.0, \.faces)
        analysis.add(found.1, \.plates)
        analysis.add(found.2.persons, \.persons)
        analysis.add(found.2.poses, \.poses)
        analysis.add(found.3, \.vehicles)
        analysis.models += models.taking(part: options)
        if options.annotate {
            analysis.hidden = try await hidden(in: picture.value, analysis, objects.value.vehicles, options)
            let finished = analysis
            analysis.annotated = try await pool.runIfActive { try finished.drawn(on: picture.value, options) }
        }
        return analysis.reported(options)
    }

    private func decoded(_ bytes: ByteBuffer, _ options: AnalysisOptions) async throws -> Timed<Picture> {
        let useful = usefulSide(options)
        return try await pool.runIfActive {
            let clock = ContinuousClock()
            let start = clock.now
            let picture = try bytes.withUnsafeReadableBytes { try decoder.decode($0, useful: useful) }
            var times = StageTimes()
            times.decode = clock.now - start
            return Timed(value: picture, times: times)
        }
    }

    /// The side beyond which pixels are of no use; `nil` when details count: what is read or recognised is cut out of
    /// the full picture, and an annotated picture is returned in full.
    private func usefulSide(_ options: AnalysisOptions) -> Int? {
        let detailed: Set<ServedTask> = [.plates, .recognition, .poses, .attributes, .reidentification]
        guard !options.annotate, !options.behaviour, options.tasks.isDisjoint(with: detailed),
            options.profile != .accurate
        else { return nil }
        let detectors = [
            options.tasks.contains(.persons) ? try? models.persons.get() : nil,
            options.tasks.contains(.vehicles) ? try? models.vehicles.get() : nil,
            options.tasks.contains(.faces) ? try? models.faces.get() : nil,
        ]
        return detectors.compactMap { $0?.usefulSide(options.profile) }.max()
    }

    // MARK: Privacy

    /// The regions that a blur covers: everything that the detectors take for a face or a plate, whatever the caller
    /// wants reported, read or not.
    private func hidden(
        in picture: Picture, _ analysis: Analysis, _ vehicles: [Vehicle], _ options: AnalysisOptions
    ) async throws -> [Rectangle] {
        guard let blur = options.blur else { return [] }
        if blur == .plates { return try await platesToHide(in: picture, analysis.plates ?? [], vehicles, options) }
        let found = try await models.faces.get().detections(
            in: picture, profile: options.profile, minimumScore: Self.hidingScore, deadline: options.deadline)
        let known = blur == .unknownFaces ? (analysis.faces ?? []).filter { $0.identity != nil } : []
        return found.value.map(\.box).filter { box in
            !known.contains { $0.detection.box.intersectionOverUnion(box) > 0.5 }
        }
    }

    private func platesToHide(
        in picture: Picture, _ plates: [Plate], _ vehicles: [Vehicle], _ options: AnalysisOptions
    ) async throws -> [Rectangle] {
        let detector = try models.plates.get()
        let regions = PlateRegions(width: Float(picture.width), height: Float(picture.height))
        let looks = [nil] + regions.regions(around: vehicles).map { Optional($0) }
        let found = try await looks.gathered(detector.model.slots) { region in
            try await detector.detections(
                in: picture, region: region, profile: options.profile,
                minimumScore: min(detector.score, Self.hidingScore), deadline: options.deadline)
        }
        return plates.map(\.detection.box) + found.value.joined().map(\.box)
    }

    /// Better a clock hidden than a face shown.
    private static let hidingScore: Float = 0.3

    // MARK: Tasks

    private func faces(
        in picture: Picture, _ options: AnalysisOptions, _ recognize: Recognizer?
    ) async throws -> Timed<[Face]>? {
        guard options.needsFaces else { return nil }
        var found = try await FaceStage(models: try models.faceModels(), picture: picture, options: options).faces()
        if options.tasks.contains(.recognition), let recognize { try await recognize(&found.value) }
        return found
    }

    private func plates(
        in picture: Picture, vehicles: [Vehicle], _ options: AnalysisOptions
    ) async throws -> Timed<[Plate]>? {
        guard options.tasks.contains(.plates) else { return nil }
        let found = try await foundPlates(in: picture, vehicles: vehicles, options)
        return Timed(value: Array(found.value.prefix(options.maximumResults)), times: found.times)
    }

    private func foundPlates(
        in picture: Picture, vehicles: [Vehicle], _ options: AnalysisOptions
    ) async throws -> Timed<[Plate]> {
        let grammars = try PlateGrammars.builtIn.get()
        if models.readsPlatesAsText, let text = try? models.plateText.get(),
            let lines = try? models.plateLineReader.get()
        {
            return try await PlateTextStage(
                text: text, lines: lines, grammars: grammars, picture: picture, options: options
            ).plates(on: vehicles)
        }
        let stage = PlateStage(
            detector: try models.plates.get(),
            readers: PlateReaders(
                slots: try models.plateReader.get(), text: try? models.plateText.get(),
                lines: try? models.plateLineReader.get(), profile: options.profile),
            grammars: grammars, picture: picture, options: options)
        return try await stage.plates(on: vehicles)
    }

    private func people(
        _ objects: ObjectStage.Objects, in picture: Picture, _ options: AnalysisOptions
    ) async throws -> (persons: Timed<[Person]>?, poses: Timed<[BodyPose]>?) {
        guard options.needsPersons else { return (nil, nil) }
        let stage = PersonStage(models: models, picture: picture, options: options, seats: objects.seats)
        if let detector = try? models.poseDetector.get() { return (nil, try await stage.posesAlone(detector)) }
        let found = try await stage.described(Array(objects.persons.prefix(options.maximumResults)))
        let poses = found.value.compactMap { found in
            found.pose.map { BodyPose(detection: found.person.detection, pose: $0) }
        }
        return (
            Timed(value: found.value.map(\.person), times: found.times), Timed(value: poses, times: StageTimes())
        )
    }

    private func vehicles(
        _ vehicles: [Vehicle], in picture: Picture, _ options: AnalysisOptions
    ) async throws -> Timed<[Vehicle]>? {
        guard options.tasks.contains(.vehicles) else { return nil }
        guard let classifier = try? models.vehicleAttributes.get() else {
            if options.classified != nil { _ = try models.vehicleAttributes.get() }
            return Timed(value: vehicles, times: StageTimes())
        }
        let stage = VehicleStage(classifier: classifier, picture: picture, options: options)
        guard let scope = options.classified else { return try await stage.described(vehicles) }
        if vehicles.isEmpty {
            let whole = try await stage.wholePicture()
            return Timed(value: whole.value.map { [$0] } ?? [], times: whole.times)
        }
        var described = try await stage.described(vehicles)
        if scope == .largest { described.value.removeAll { $0.classes == nil } }
        return described
    }
}

extension Analysis {
    fileprivate mutating func add<Items>(_ found: Timed<Items>?, _ list: WritableKeyPath<Analysis, Items?>) {
        guard let found else { return }
        self[keyPath: list] = found.value
        times += found.times
    }

    /// Without the lists that served others only.
    fileprivate func reported(_ options: AnalysisOptions) -> Analysis {
        var analysis = self
        if !options.tasks.contains(.faces) { analysis.faces = nil }
        if !options.tasks.contains(.plates) { analysis.plates = nil }
        if !options.tasks.contains(.persons) { analysis.persons = nil }
        if !options.tasks.contains(.poses) { analysis.poses = nil }
        return analysis
    }
}

extension TaskModels {
    /// The second-stage models that the options set to work, for the list of an answer.
    func taking(part options: AnalysisOptions) -> [LoadedModel] {
        var models: [LoadedModel?] = []
        if options.needsFaces {
            models += [try? faces.get().model, try? faceLandmarks.get().model]
        }
        if options.tasks.contains(.recognition) {
            models.append(try? faceEmbedder.get().model)
            models += formerEmbedders.map(\.model)
            models += ((try? liveness.get()) ?? []).map(\.model)
        }
        if options.tasks.contains(.plates) {
            models += [try? plates.get().model, try? plateReader.get().model]
            if options.profile != .fast {
                models += [try? plateText.get().model, try? plateLineReader.get().model]
            }
        }
        if options.behaviour || options.tasks.contains(.poses) {
            models += [try? poseDetector.get().model, try? poses.get().model]
        }
        if options.tasks.contains(.attributes) { models.append(try? personAttributes.get().model) }
        if options.tasks.contains(.reidentification) { models.append(try? personEmbedder.get().model) }
        if options.tasks.contains(.vehicles) { models.append(try? vehicleAttributes.get().model) }
        return models.compactMap { $0 }
    }
}

extension Face {
    /// Pixels of the longer side.
    private static let cropSide: Float = 512

    /// The face with as much room around it as it is wide again.
    fileprivate func crop(of picture: Picture) throws(ImagingError) -> [UInt8] {
        let whole = Rectangle(x: 0, y: 0, width: Float(picture.width), height: Float(picture.height))
        let wide = detection.box.squared.scaled(by: 2)
        let region = Rectangle(
            left: max(wide.x, 0), top: max(wide.y, 0), right: min(wide.right, whole.right),
            bottom: min(wide.bottom, whole.bottom))
        let scale = min(1, Self.cropSide / max(region.width, region.height))
        guard scale < 1,
            let small = picture.straightened(
                Quadrilateral(region), width: max(1, Int(region.width * scale)),
                height: max(1, Int(region.height * scale)))
        else { return try picture.jpeg(of: region, quality: 92) }
        return try small.jpeg(quality: 92)
    }
}
