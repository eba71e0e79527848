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

    /// - Throws: `PipelineError`, `ImagingError`, `QueueRefusal`, `InferenceError`, `DecodeError`,
    ///   `CancellationError`.
    public func analyze(_ bytes: ByteBuffer, _ options: AnalysisOptions) async throws -> Analysis {
        for task in options.tasks {
            if let reason = models.reasonMissing(task) { throw reason }
        }
        let (analysis, waited) = try await admission.withSlot(deadline: options.deadline) { _ in
            let picture = try await decoded(bytes, options)
            return try await analyze(picture, options)
        }
        var result = analysis
        result.times.queue += waited
        return result
    }

    private func analyze(_ picture: Timed<Picture>, _ options: AnalysisOptions) async throws -> Analysis {
        async let faces = faces(in: picture.value, options)
        let objects = try await ObjectStage(models: models, options: options).objects(in: picture.value)
        async let plates = plates(in: picture.value, vehicles: objects.value.vehicles, options)

        var analysis = Analysis(
            width: picture.value.width, height: picture.value.height, models: objects.value.models,
            times: picture.times)
        analysis.times += objects.times
        analysis.persons = options.tasks.contains(.persons) ? objects.value.persons.top(options) : nil
        analysis.vehicles = options.tasks.contains(.vehicles) ? objects.value.reported(options) : nil
        if let faces = try await faces {
            analysis.faces = faces.value
            analysis.times += faces.times
            analysis.models.append(contentsOf: [try models.faces.get().model])
        }
        if let plates = try await plates {
            analysis.plates = plates.value
            analysis.times += plates.times
            analysis.models.append(contentsOf: [try models.plates.get().model, try models.plateReader.get().model])
        }
        if options.annotate {
            let finished = analysis
            analysis.annotated = try await pool.runIfActive { try finished.drawn(on: picture.value) }
        }
        return analysis
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

    /// The side beyond which pixels are of no use; `nil` when details count: plates are read from crops, and an
    /// annotated picture is returned in full.
    private func usefulSide(_ options: AnalysisOptions) -> Int? {
        guard !options.annotate, !options.tasks.contains(.plates) else { return nil }
        let detectors = [
            options.tasks.contains(.persons) ? try? models.persons.get() : nil,
            options.tasks.contains(.vehicles) ? try? models.vehicles.get() : nil,
            options.tasks.contains(.faces) ? try? models.faces.get() : nil,
        ]
        return detectors.compactMap { $0?.usefulSide(options.profile) }.max()
    }

    private func faces(in picture: Picture, _ options: AnalysisOptions) async throws -> Timed<[Face]>? {
        guard options.tasks.contains(.faces) else { return nil }
        let detector = try models.faces.get()
        let found = try await detector.detections(
            in: picture, profile: options.profile, minimumScore: options.threshold ?? detector.score,
            deadline: options.deadline)
        let faces = found.value.top(options).map { Face(detection: $0, quality: $0.faceQuality) }
        return Timed(value: faces, times: found.times)
    }

    private func plates(
        in picture: Picture, vehicles: [Vehicle], _ options: AnalysisOptions
    ) async throws -> Timed<[Plate]>? {
        guard options.tasks.contains(.plates) else { return nil }
        let stage = PlateStage(
            detector: try models.plates.get(), reader: try models.plateReader.get(), picture: picture,
            options: options)
        let found = try await stage.plates(on: vehicles)
        return Timed(value: Array(found.value.prefix(options.maximumResults)), times: found.times)
    }
}

extension [Detection] {
    /// The best that the caller wants to see.
    func top(_ options: AnalysisOptions) -> [Detection] { Array(prefix(options.maximumResults)) }
}
