import AIBoxAPI
import Foundation
import Imaging
import Inference
import Logging
import ModelCatalog
import NIOCore
import NIOPosix
import Pipelines
import ServiceClients

/// The service on :8001, and the implementation of `ModelServing` that the other roles use in one process.
public final class ModelServer: ModelServing {
    public struct Configuration: Sendable {
        public var catalog: Catalog
        public var store: ModelStore
        /// In order of preference.
        public var engines: [any InferenceEngine]
        /// Why an engine is not among `engines`.
        public var engineErrors: [InferenceError]
        /// Threads of one inference.
        public var threadsPerSession: Int
        /// Inferences of one model at a time, and threads of the compute pool.
        public var parallel: Int
        /// Callers that may wait in front of each queue.
        public var queueLimit: Int
        public var limits: DecodeLimits
        /// A model reference per task, in place of the catalogue's default.
        public var taskModels: [ServedTask: String]
        /// Where the gallery comes from; `nil`: faces are found but nobody is recognised.
        public var gallery: (any GalleryFeeding)?
        /// For the vectors of a gallery that is too large for memory; `nil` keeps everything there.
        public var galleryFolder: String?
        /// Share of strangers who may pass for somebody in one comparison.
        public var falseAcceptRate = 1e-4

        public init(
            catalog: Catalog, store: ModelStore, engines: [any InferenceEngine], engineErrors: [InferenceError] = [],
            threadsPerSession: Int = 1, parallel: Int, queueLimit: Int = 64, limits: DecodeLimits,
            taskModels: [ServedTask: String] = [:]
        ) {
            self.catalog = catalog
            self.store = store
            self.engines = engines
            self.engineErrors = engineErrors
            self.threadsPerSession = threadsPerSession
            self.parallel = parallel
            self.queueLimit = queueLimit
            self.limits = limits
            self.taskModels = taskModels
        }
    }

    private let repository: ModelRepository
    /// The pipelines themselves, for whoever measures them.
    public let analyzer: PictureAnalyzer
    private let recognition: FaceRecognition?
    private let pool: NIOThreadPool
    private let logger: Logger
    private let started = ContinuousClock.now

    private init(
        repository: ModelRepository, analyzer: PictureAnalyzer, recognition: FaceRecognition?, pool: NIOThreadPool,
        logger: Logger
    ) {
        self.logger = logger
        self.repository = repository
        self.analyzer = analyzer
        self.recognition = recognition
        self.pool = pool
    }

    /// Loads the models of all tasks and runs each once, so that the first request is as fast as the later ones, and
    /// reads the gallery. A model that cannot be loaded is logged; its task answers 503.
    public static func start(_ configuration: Configuration, logger: Logger) async throws -> ModelServer {
        let pool = NIOThreadPool(numberOfThreads: configuration.parallel)
        pool.start()
        let loader = ModelLoader(
            store: configuration.store, engines: configuration.engines, engineErrors: configuration.engineErrors,
            session: SessionOptions(threads: configuration.threadsPerSession, parallel: configuration.parallel),
            queueLimit: configuration.queueLimit, pool: pool, logger: logger)
        var repository = try await pool.runIfActive {
            ModelRepository(catalog: configuration.catalog, overrides: configuration.taskModels, loader: loader)
        }
        let recognition = try await recognition(
            configuration, present: repository.taskModels.presentEmbeddingModel, pool, logger)
        if let templateModels = recognition?.gallery.models {
            let withoutFormer = repository
            repository = try await pool.runIfActive {
                var repository = withoutFormer
                repository.addFormerEmbedders(of: templateModels, loader: loader)
                return repository
            }
        }
        repository = await repository.rehearsed()
        for task in ServedTask.allCases {
            if let reason = repository.taskModels.reasonMissing(task) {
                logger.warning("task not ready", metadata: ["task": "\(task.rawValue)", "reason": "\(reason)"])
            }
        }
        let analyzer = PictureAnalyzer(
            models: repository.taskModels, limits: configuration.limits, pool: pool,
            pictures: configuration.parallel * 2, queueLimit: configuration.queueLimit)
        return ModelServer(
            repository: repository, analyzer: analyzer, recognition: recognition, pool: pool, logger: logger)
    }

    /// With the gallery as it is now: the first search is not to wait for all of it. Without the data manager the other
    /// tasks work all the same, and recognition once it answers.
    private static func recognition(
        _ configuration: Configuration, present: Result<LoadedModel, PipelineError>, _ pool: NIOThreadPool,
        _ logger: Logger
    ) async throws -> FaceRecognition? {
        guard let source = configuration.gallery else { return nil }
        if let folder = configuration.galleryFolder {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        let gallery = FaceGallery(
            source: source, folder: configuration.galleryFolder, present: try? present.get().entry.sha256, pool: pool)
        do {
            try await gallery.catchUp()
        } catch {
            logger.warning("the gallery cannot be read yet", metadata: ["reason": "\(error)"])
        }
        return FaceRecognition(falseAcceptRate: configuration.falseAcceptRate, gallery: gallery, pool: pool)
    }

    /// - Throws: `Problem` 503.
    func requireRecognition() throws(Problem) -> FaceRecognition {
        guard let recognition else {
            throw .unavailable(
                "This model server knows no gallery; give it the addresses of the data managers (data_managers).",
                type: "/problems/no-gallery", retryAfter: 60)
        }
        return recognition
    }

    public func analyze(_ picture: ByteBuffer, _ request: AnalysisRequest) async throws -> AnalysisOutcome {
        try await answering {
            let recognition = request.recognize ? try requireRecognition() : nil
            let requireLive = request.requireLive
            let analysis = try await analyzer.analyze(picture, AnalysisOptions(request)) { faces in
                try await recognition?.recognize(&faces, requireLive: requireLive)
            }
            return AnalysisOutcome(
                result: AnalysisResult(analysis, isRecognized: request.recognize),
                annotated: analysis.annotated.map { ByteBuffer(bytes: $0) })
        }
    }

    /// Runs `body`; what it throws becomes the problem that a caller is told.
    func answering<Answer>(_ body: () async throws -> Answer) async throws -> Answer {
        do {
            return try await body()
        } catch {
            let problem = Problem(analysis: error)
            if problem.status == 500 { logger.error("analysis failed", metadata: ["reason": "\(error)"]) }
            throw problem
        }
    }

    public func models() async throws -> [ModelSummary] {
        let repository = repository
        return try await pool.runIfActive { repository.summaries() }
    }

    public func health() async throws -> ServiceHealth {
        var checks: [String: String] = [:]
        for task in ServedTask.allCases {
            checks[task.rawValue] = repository.taskModels.reasonMissing(task)?.message ?? "ok"
        }
        if let recognition, checks[ServedTask.recognition.rawValue] == "ok" {
            do { try await recognition.gallery.checkSource() } catch {
                checks[ServedTask.recognition.rawValue] = "the data manager does not answer: no gallery"
            }
        }
        let missing = checks.values.filter { $0 != "ok" }.count
        let total = checks.count
        // A model server without a gallery is meant to be one.
        if recognition == nil { checks[ServedTask.recognition.rawValue] = "off: no gallery" }
        return ServiceHealth(
            status: missing == 0 ? .healthy : missing == total ? .unhealthy : .degraded,
            service: "model_server", version: AIBoxVersion.current,
            uptimeSeconds: (ContinuousClock.now - started) / .seconds(1), checks: checks)
    }

    /// Ends the compute pool once what it runs is done.
    public func stop() async throws { try await pool.shutdownGracefully() }
}

extension AnalysisTask {
    /// The same task in the catalogue's words.
    var served: ServedTask {
        switch self {
        case .persons: .persons
        case .faces: .faces
        case .vehicles: .vehicles
        case .plates: .plates
        case .poses: .poses
        }
    }
}
