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
import ServiceLifecycle

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
    private let analyzer: PictureAnalyzer
    private let pool: NIOThreadPool
    private let started = ContinuousClock.now

    private init(repository: ModelRepository, analyzer: PictureAnalyzer, pool: NIOThreadPool) {
        self.repository = repository
        self.analyzer = analyzer
        self.pool = pool
    }

    /// Loads the models of all tasks and runs each once, so that the first request is as fast as the later ones.
    /// A model that cannot be loaded is logged; its task answers 503.
    public static func start(_ configuration: Configuration, logger: Logger) async throws -> ModelServer {
        let pool = NIOThreadPool(numberOfThreads: configuration.parallel)
        pool.start()
        let loader = ModelLoader(
            store: configuration.store, engines: configuration.engines, engineErrors: configuration.engineErrors,
            session: SessionOptions(threads: configuration.threadsPerSession, parallel: configuration.parallel),
            queueLimit: configuration.queueLimit, pool: pool, logger: logger)
        let repository = try await pool.runIfActive {
            ModelRepository(catalog: configuration.catalog, overrides: configuration.taskModels, loader: loader)
        }.rehearsed()
        for task in AnalysisTask.allCases {
            if let reason = repository.taskModels.reasonMissing(task.served) {
                logger.warning("task not ready", metadata: ["task": "\(task.rawValue)", "reason": "\(reason)"])
            }
        }
        let analyzer = PictureAnalyzer(
            models: repository.taskModels, limits: configuration.limits, pool: pool,
            pictures: configuration.parallel * 2, queueLimit: configuration.queueLimit)
        return ModelServer(repository: repository, analyzer: analyzer, pool: pool)
    }

    public func analyze(_ picture: ByteBuffer, _ request: AnalysisRequest) async throws -> AnalysisOutcome {
        do {
            let analysis = try await analyzer.analyze(picture, AnalysisOptions(request))
            return AnalysisOutcome(
                result: AnalysisResult(analysis), annotated: analysis.annotated.map { ByteBuffer(bytes: $0) })
        } catch {
            throw Problem(analysis: error)
        }
    }

    public func models() async throws -> [ModelSummary] {
        let repository = repository
        return try await pool.runIfActive { repository.summaries() }
    }

    public func health() async throws -> ServiceHealth {
        var checks: [String: String] = [:]
        for task in AnalysisTask.allCases {
            checks[task.rawValue] = repository.taskModels.reasonMissing(task.served)?.message ?? "ok"
        }
        let missing = checks.values.filter { $0 != "ok" }.count
        return ServiceHealth(
            status: missing == 0 ? .healthy : missing == checks.count ? .unhealthy : .degraded,
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
        }
    }
}
