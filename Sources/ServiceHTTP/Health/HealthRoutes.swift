import AIBoxAPI
import Hummingbird

/// `/health`, `/health/live`, `/health/ready` and `/metrics`, which every service has and which take no credential.
public struct HealthRoutes<Context: ServiceRequestContext>: Sendable {
    private struct Alive: Encodable {
        var status: String
    }

    /// The state with its checks; an error counts as unhealthy.
    private let health: @Sendable () async -> ServiceHealth
    private let exposition: @Sendable () -> String
    private let metricsReaders: AddressList

    /// - Parameters:
    ///   - metricsReaders: who may read `/metrics`.
    ///   - exposition: the figures in the Prometheus text format.
    ///   - health: asked on every call of `/health` and `/health/ready`.
    public init(
        metricsReaders: AddressList, exposition: @escaping @Sendable () -> String,
        health: @escaping @Sendable () async -> ServiceHealth
    ) {
        self.health = health
        self.exposition = exposition
        self.metricsReaders = metricsReaders
    }

    public func add(to router: some RouterMethods<Context>) {
        router.get("/health") { _, _ in try Response.json(await health()) }
        router.get("/health/live") { _, _ in try Response.json(Alive(status: "alive")) }
        router.get("/health/ready", use: ready)
        router.get("/metrics", use: metrics)
    }

    private func ready(_ request: Request, context: Context) async throws -> Response {
        let health = await health()
        guard health.status != .unhealthy else {
            let reasons = health.checks.filter { $0.value != "ok" }.map { "\($0.key): \($0.value)" }.sorted()
            throw Problem.unavailable("Not ready. \(reasons.joined(separator: "; "))")
        }
        return try .json(Alive(status: "ready"))
    }

    private func metrics(_ request: Request, context: Context) throws -> Response {
        guard let address = context.remoteAddress, metricsReaders.contains(address) else {
            throw Problem.forbidden("Figures are for this machine and the addresses of the setting metrics_allow.")
        }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: exposition())))
    }
}
