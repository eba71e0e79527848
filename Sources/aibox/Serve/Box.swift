import AIBoxAPI
import AsyncHTTPClient
import DataManager
import Foundation
import Gateway
import Hummingbird
import Logging
import ModelServer
import NIOCore
import ServiceClients
import ServiceHTTP
import ServiceLifecycle
import Settings
import Storage
import Telemetry

/// The composition root: which services run in this process and how they reach one another.
struct Box {
    let settings: Settings
    let trySample: String?
    private let registry = PrometheusRegistry(version: AIBoxVersion.current)

    init(settings: Settings, trySample: String?) {
        self.settings = settings
        self.trySample = trySample
    }

    func run() async throws {
        Telemetry.bootstrap(
            logLevel: Logger.Level(rawValue: settings.logLevel.rawValue) ?? .info,
            logFormat: settings.logFormat == .json ? .json : .text, registry: registry)
        let logger = Logger(label: "aibox")
        do {
            switch settings.role {
            case .all: try await runAll(logger)
            case .gateway: try await runGateway(logger)
            case .modelServer: try await runModelServer(logger)
            case .dataManager: try await runDataManager(logger)
            }
        } catch let error as ListenError {
            throw CommandFailure("\(error)")
        } catch let error as DataManagerError {
            throw CommandFailure("\(error)")
        } catch let error as StorageError {
            throw CommandFailure(error.message)
        } catch let problem as Problem {
            throw CommandFailure(problem.detail ?? problem.title)
        }
    }

    // MARK: Roles

    private func runAll(_ logger: Logger) async throws {
        let redis = try SharedRedis(settings, logger: logger)
        let data = try await openData(redis, logger)
        let models = try await ModelServer.start(try ModelPlaces(settings).modelServer(gallery: data), logger: logger)
        let secret = try settings.internalSecret?.value ?? SecretFile(folder: settings.dataDirectory).secret()
        let spool = try await openSpool(before: data, logger)
        let gateway = try await gateway(models: models, data: data, spool: spool, redis: redis, secret: secret)
        // Printed as soon as it exists: should the port be taken, the login is known all the same.
        try await firstAdmin(gateway, logger).create()
        try await serve(Self.present(redis) + [data, spool, publicService(gateway, logger)], logger)
        try await models.stop()
    }

    private func runGateway(_ logger: Logger) async throws {
        let secret = try sharedSecret()
        for (setting, addresses) in [
            ("model_servers", settings.modelServers), ("data_managers", settings.dataManagers),
        ]
        where addresses.isEmpty {
            throw CommandFailure("A gateway of its own needs \(setting): the addresses of those services", .usage)
        }
        let redis = try SharedRedis(settings, logger: logger)
        let credential = try await InternalCredential(secret: secret, issuer: "api_gateway")
        let client = HTTPClient.betweenServices()
        let models = HTTPModelServer(addresses: settings.modelServers, client: client, credential: credential)
        let data = HTTPDataManager(addresses: settings.dataManagers, client: client, credential: credential)
        do {
            let spool = try await openSpool(before: data, logger)
            let gateway = try await gateway(models: models, data: data, spool: spool, redis: redis, secret: secret)
            let admin = firstAdmin(gateway, logger)
            let services = Self.present(redis) + [spool, publicService(gateway, logger)]
            if await admin.isCreated() {
                try await serve(services, logger)
            } else {
                try await serve([admin] + services, logger)
            }
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    private func runModelServer(_ logger: Logger) async throws {
        let client = HTTPClient.betweenServices()
        do {
            let gallery = try await distantGallery(client)
            let places = try ModelPlaces(settings)
            let models = try await ModelServer.start(try places.modelServer(gallery: gallery), logger: logger)
            let service = try await internalService(logger, "model_server", health: models.health) { router in
                ModelServerRoutes(server: models, maximumBody: settings.maxBodyBytes).add(to: router)
            }
            try await serve([service], logger)
            try await models.stop()
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    /// The gallery of the data managers that the settings name, if any.
    private func distantGallery(_ client: HTTPClient) async throws -> HTTPDataManager? {
        guard !settings.dataManagers.isEmpty else { return nil }
        let credential = try await InternalCredential(secret: try sharedSecret(), issuer: "model_server")
        return HTTPDataManager(addresses: settings.dataManagers, client: client, credential: credential)
    }

    private func runDataManager(_ logger: Logger) async throws {
        let redis = try SharedRedis(settings, logger: logger)
        let data = try await openData(redis, logger)
        let service = try await internalService(logger, "data_manager", health: data.health) { router in
            InternalRoutes(manager: data, maximumBody: settings.maxBodyBytes + (8 << 20)).add(to: router)
        }
        try await serve(Self.present(redis) + [data, service], logger)
    }

    // MARK: Parts

    private func openData(_ redis: SharedRedis?, _ logger: Logger) async throws -> DataManager {
        var configuration = try DataManager.Configuration(settings)
        configuration.eventSink = redis?.events.publish
        configuration.cache = redis?.store
        if let url = settings.s3URL?.value {
            configuration.blobs = try S3BlobStore(
                S3Configuration(url: url, environment: ProcessInfo.processInfo.environment))
        }
        return try await DataManager(configuration, logger: logger)
    }

    private func openSpool(before data: any DataManaging, _ logger: Logger) async throws -> InferenceSpool {
        var configuration = InferenceSpool.Configuration(
            folder: settings.dataDirectory + "/spool", maximumBytes: settings.spoolMaxBytes)
        if let keys = try await KeySource(settings)?.load(acceptingPlain: !settings.encryptionRequireSealed) {
            let messages = keys.messages("spool")
            configuration.seal = { ByteBuffer(bytes: try messages.seal(Array($0.readableBytesView))) }
            configuration.open = { ByteBuffer(bytes: try messages.open(Array($0.readableBytesView))) }
        }
        return try InferenceSpool(configuration, logger: logger) { try await data.store($0, picture: $1) }
    }

    /// The service, started before and stopped after those that use it, if there is one.
    private static func present(_ redis: SharedRedis?) -> [any Service] { redis.map { [$0] } ?? [] }

    private func gateway(
        models: any ModelServing, data: any DataManaging, spool: InferenceSpool,
        redis: SharedRedis?, secret: String
    ) async throws -> Gateway {
        var configuration = Gateway.Configuration(
            internalSecret: secret, metricsReaders: try AddressList(loopbackAnd: settings.metricsAllow))
        configuration.maxBodyBytes = settings.maxBodyBytes
        configuration.requestTimeout = settings.requestTimeout
        configuration.shared = redis?.store
        configuration.exposition = registry.exposition
        configuration.assets = EmbeddedAssets.all()
        configuration.swaggerUI = settings.swaggerUI
        return try await Gateway(models: models, data: data, spool: spool, configuration: configuration)
    }

    private func publicService(_ gateway: Gateway, _ logger: Logger) -> HTTPService<GatewayContext> {
        HTTPService(router: gateway.router(), configuration: listening(), logger: logger) { port in
            announce(port: port)
        }
    }

    private func firstAdmin(_ gateway: Gateway, _ logger: Logger) -> FirstAdmin {
        FirstAdmin(gateway: gateway, password: settings.adminPassword?.value, logger: logger) { password in
            show("First login: admin / \(password)   (shown once; change it after the first login)")
        }
    }

    /// A service that only other services may call.
    private func internalService(
        _ logger: Logger, _ name: String, health: @escaping @Sendable () async throws -> ServiceHealth,
        routes: (RouterGroup<ServiceContext>) -> Void
    ) async throws -> HTTPService<ServiceContext> {
        let credential = try await InternalCredential(secret: try sharedSecret(), issuer: name)
        let router = makeServiceRouter(context: ServiceContext.self)
        HealthRoutes(
            metricsReaders: try AddressList(loopbackAnd: settings.metricsAllow), exposition: registry.exposition
        ) {
            (try? await health())
                ?? ServiceHealth(
                    status: .unhealthy, service: name, version: AIBoxVersion.current, uptimeSeconds: 0, checks: [:])
        }.add(to: router)
        routes(router.group().add(middleware: InternalTokenMiddleware(credential)))
        router.refuseOtherMethods()
        return HTTPService(router: router, configuration: listening(), logger: logger) { port in
            announce(port: port)
        }
    }

    private func listening<Context>() -> HTTPService<Context>.Configuration {
        HTTPService<Context>.Configuration(
            host: settings.host, port: settings.port,
            maximumBody: max(settings.maxBodyBytes, settings.maxFileBytes))
    }

    private func sharedSecret() throws -> String {
        guard let secret = settings.internalSecret?.value else {
            throw CommandFailure(
                "A role of its own needs AIBOX_INTERNAL_SECRET, the same in every service (at least 16 bytes); "
                    + "make one with: openssl rand -hex 32", .usage)
        }
        return secret
    }

    private func serve(_ services: [any Service], _ logger: Logger) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }

    /// For the person who started the box; logs go to standard error.
    private func announce(port: Int) {
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        show("AI Box \(AIBoxVersion.current) (\(settings.role.rawValue)) listens on http://\(host):\(port)")
        if let trySample {
            show("Try: ./aibox analyze \(trySample) --annotate .aibox/out")
        }
    }

    private func show(_ line: String) {
        print(line)
        fflush(nil)
    }
}
