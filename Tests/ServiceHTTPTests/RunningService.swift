import Hummingbird
import Logging
import ServiceHTTP
import ServiceLifecycle

/// Runs a service on a port of the system's choice for as long as `test` runs.
func withService<Value: Sendable>(
    maximumBody: Int = 1 << 20, pace: BodyPace = BodyPace(), maximumConnections: Int = 1000,
    routes: (Router<ServiceContext>) -> Void,
    test: (Int) async throws -> Value
) async throws -> Value {
    let router = makeServiceRouter(context: ServiceContext.self)
    routes(router)
    router.refuseOtherMethods()
    var configuration = HTTPService<ServiceContext>.Configuration(host: "127.0.0.1", port: 0, maximumBody: maximumBody)
    configuration.pace = pace
    configuration.maximumConnections = maximumConnections
    let (ports, source) = AsyncStream.makeStream(of: Int.self)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let service = HTTPService(router: router, configuration: configuration, logger: logger) { source.yield($0) }
    let group = ServiceGroup(services: [service], logger: logger)
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
            defer { source.finish() }
            try await group.run()
        }
        guard let port = await ports.first(where: { _ in true }) else {
            try await tasks.waitForAll()
            throw CancellationError()
        }
        do {
            let value = try await test(port)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return value
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
    }
}
