import AIBoxAPI
import Foundation
import KeyValue
import Logging
import NIOCore
import NIOPosix
import ServiceClients
import ServiceHTTP
import ServiceLifecycle
import TestSupport

@testable import Gateway

/// Two gateways before one data manager, each with connections to Redis of its own, as two processes have.
struct TwoGateways: Sendable {
    let redis: TestRedis
    let first: RunningGateway
    let second: RunningGateway
    var both: [RunningGateway] { [first, second] }
    /// Of the first and of the second.
    let stores: [RedisConnections]

    func untilHealth(_ status: ServiceHealth.Status) async throws {
        for box in both {
            try await TestRedis.wait(for: "a gateway that is \(status)") {
                try await box.health().status == status ? () : nil
            }
        }
    }
}

/// What a process has of Redis.
struct RedisConnections: Service {
    let client: RedisClient
    let store: FallbackKeyValueStore

    init(port: Int) throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        client = try RedisClient(
            RedisConfiguration(url: "redis://127.0.0.1:\(port)"), group: MultiThreadedEventLoopGroup.singleton,
            logger: logger)
        store = FallbackKeyValueStore(RedisKeyValueStore(client), logger: logger, policy: Gateway.outagePolicy)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await client.run() }
                group.addTask { await store.run() }
            }
        }
    }
}

func withTwoGateways(_ test: (TwoGateways) async throws -> Void) async throws {
    try await TestRedis.with { redis in
        let stores = [try RedisConnections(port: redis.port), try RedisConnections(port: redis.port)]
        let secret = InternalCredential.makeSecret()
        try await withGateway(configure: {
            ($0.internalSecret, $0.shared) = (secret, stores[0].store)
        }) { first in
            var configuration = Gateway.Configuration(internalSecret: secret, metricsReaders: try AddressList())
            configuration.clock = first.clock.seconds
            configuration.shared = stores[1].store
            let folder = NSTemporaryDirectory() + "/aibox-spool-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let spool = try InferenceSpool(
                .init(folder: folder, maximumBytes: 1 << 20),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            ) {
                try await first.data.store($0, picture: $1)
            }
            let gateway = try await Gateway(
                models: GivenModels(), data: first.data, spool: spool, configuration: configuration)
            let services: [any Service] = stores + [spool]
            try await withService(of: gateway, after: services) { port in
                let second = RunningGateway(port: port, data: first.data, gateway: gateway, clock: first.clock)
                let both = TwoGateways(redis: redis, first: first, second: second, stores: stores)
                try await both.untilHealth(.healthy)
                try await test(both)
            }
        }
    }
}

extension RunningGateway {
    func login(_ password: String = RunningGateway.password) async throws -> Answer {
        let login = LoginRequest(username: "admin", password: password)
        return try await call(
            .POST, "/auth/login", headers: [("Content-Type", "application/json")],
            body: ByteBuffer(data: try JSONEncoder().encode(login)))
    }

    func session() async throws -> String { try await login().decode(LoginAnswer.self).accessToken }

    /// The status of a call that needs a session.
    func status(_ token: String) async throws -> Int { try await call(.GET, "/models", token: token).status }

    func logout(_ token: String) async throws -> Int { try await call(.POST, "/auth/logout", token: token).status }

    func health() async throws -> ServiceHealth { try await call(.GET, "/health").decode() }
}
