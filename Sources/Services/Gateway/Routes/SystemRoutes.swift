import AIBoxAPI
import Hummingbird
import ServiceClients
import ServiceHTTP

/// `/system/health`, and the health of the gateway itself: how the services behind it are.
struct SystemRoutes: Sendable {
    let models: any ModelServing
    let data: any DataManaging
    let spool: InferenceSpool
    let revocations: Revocations?
    let startedAt = ContinuousClock.now

    func add(to users: RouterGroup<UserContext>) {
        users.get("/system/health", use: health)
    }

    private func health(_ request: Request, context: UserContext) async throws -> Response {
        let (modelServer, dataManager) = await states()
        let outage = await revocations?.outage()
        var services = [
            "api_gateway": "up", "model_server": modelServer.upOrDown, "data_manager": dataManager.upOrDown,
            "database": dataManager.health?.checks["database"] == "ok" ? "up" : "down",
        ]
        if revocations != nil { services["redis"] = outage == nil ? "up" : "down" }
        return try .json(
            SystemHealth(
                status: Self.worst(modelServer, dataManager).degraded(if: outage != nil), services: services,
                version: AIBoxVersion.current,
                uptimeSeconds: uptime))
    }

    /// The gateway's own health. Without either of the services behind it, it cannot do its work.
    func ownHealth() async -> ServiceHealth {
        let (modelServer, dataManager) = await states()
        let spool = spool.status
        var health = ServiceHealth(
            status: Self.worst(modelServer, dataManager).degraded(if: spool.isFull), service: "gateway",
            version: AIBoxVersion.current, uptimeSeconds: uptime,
            checks: ["model_server": modelServer.check, "data_manager": dataManager.check, "spool": spool.check])
        guard let revocations else { return health }
        health.checks["sessions"] = "ok"
        if let start = await revocations.outage() {
            health.checks["sessions"] = "degraded (Redis away since \(start))"
            health.status = health.status.degraded(if: true)
        }
        return health
    }

    private var uptime: Double { ((ContinuousClock.now - startedAt).milliseconds).rounded() / 1000 }

    private func states() async -> (modelServer: ServiceState, dataManager: ServiceState) {
        async let modelServer = ServiceState { try await models.health() }
        async let dataManager = ServiceState { try await data.health() }
        return await (modelServer, dataManager)
    }

    private static func worst(_ states: ServiceState...) -> ServiceHealth.Status {
        let statuses = states.map { $0.health?.status ?? .unhealthy }
        return statuses.contains(.unhealthy) ? .unhealthy : statuses.contains(.degraded) ? .degraded : .healthy
    }
}

extension ServiceHealth.Status {
    /// At best degraded where something is missing that the service can do without.
    fileprivate func degraded(if isImpaired: Bool) -> Self { self == .healthy && isImpaired ? .degraded : self }
}

/// How a service behind the gateway is, or what kind of failure keeps it from saying.
///
/// `/health` takes no credential: the title of a problem may stand there, its detail has addresses.
private struct ServiceState: Sendable {
    let health: ServiceHealth?
    private let failure: String?

    init(asking ask: () async throws -> ServiceHealth) async {
        do {
            health = try await ask()
            failure = nil
        } catch {
            health = nil
            failure = "down (\((error as? Problem)?.title ?? "no answer"))"
        }
    }

    var upOrDown: String { health == nil ? "down" : "up" }

    /// `ok`, or what is wrong.
    var check: String {
        guard let health else { return failure ?? "down" }
        guard health.status != .healthy else { return "ok" }
        let reasons = health.checks.filter { $0.value != "ok" }.map { "\($0.key): \($0.value)" }.sorted()
        return reasons.isEmpty ? health.status.rawValue : reasons.joined(separator: "; ")
    }
}
