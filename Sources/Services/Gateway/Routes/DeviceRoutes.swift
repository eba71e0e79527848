import AIBoxAPI
import Hummingbird
import ServiceClients
import ServiceHTTP

/// `/devices`: the machines on which models run.
struct DeviceRoutes: Sendable {
    private static let members: Set<String> = [
        "device_name", "device_type", "ip_address", "mac_address", "platform_info", "heartbeat_seconds",
    ]
    private static let body = BodyReader(limit: 65_536)

    let data: any DataManaging

    func add(toReaders readers: RouterGroup<UserContext>, writers: RouterGroup<UserContext>) {
        readers.get("/devices", use: list)
        readers.get("/devices/{id}", use: show)
        readers.get("/devices/{id}/metrics", use: metrics)
        writers.post("/devices", use: create)
        writers.patch("/devices/{id}", use: update)
        writers.delete("/devices/{id}", use: delete)
        writers.post("/devices/{id}/heartbeat", use: heartbeat)
    }

    private func list(_ request: Request, context: UserContext) async throws -> Response {
        var options = Options(known: ["status", "device_type", "limit", "cursor"])
        options.insertQuery(of: request)
        var query = DeviceQuery()
        query.status = options.choice("status")
        query.deviceType = options.choice("device_type")
        query.limit = options.integer("limit", in: 1...500) ?? 50
        query.cursor = options.text("cursor", limit: 512)
        try options.check()
        return try .json(try await data.devices(query))
    }

    private func show(_ request: Request, context: UserContext) async throws -> Response {
        guard let device = try await data.device(try context.identifier()) else { throw Problem.notFound }
        return try .json(device)
    }

    private func create(_ request: Request, context: UserContext) async throws -> Response {
        let given = try await request.decodeJSON(NewDevice.self, known: Self.members, Self.body)
        let now = Timestamp.now
        let device = try await data.createDevice(
            Device(
                deviceName: given.deviceName, deviceType: given.deviceType, ipAddress: given.ipAddress,
                macAddress: given.macAddress, platformInfo: given.platformInfo,
                heartbeatSeconds: given.heartbeatSeconds, createdAt: now, updatedAt: now))
        return try .created(device, at: "/devices/\(device.id)")
    }

    private func update(_ request: Request, context: UserContext) async throws -> Response {
        let id = try context.identifier()
        let members = Self.members.union(["status"])
        let change = try await request.decodeJSON(DeviceChange.self, known: members, Self.body)
        guard let device = try await data.updateDevice(id, change) else { throw Problem.notFound }
        return try .json(device)
    }

    private func delete(_ request: Request, context: UserContext) async throws -> Response {
        guard try await data.deleteDevice(try context.identifier()) else { throw Problem.notFound }
        return Response(status: .noContent)
    }

    private func heartbeat(_ request: Request, context: UserContext) async throws -> Response {
        let id = try context.identifier()
        let beat = try await request.decodeJSON(DeviceHeartbeat.self, known: ["metrics"], Self.body)
        guard let status = try await data.heartbeat(ofDevice: id, beat.metrics ?? []) else { throw Problem.notFound }
        return try .json(DeviceHeartbeatAnswer(status: status))
    }

    private func metrics(_ request: Request, context: UserContext) async throws -> Response {
        var options = Options(known: ["metric_type", "time_range"])
        options.insertQuery(of: request)
        let query = DeviceMetricQuery(
            options.choice("metric_type"), timeRange: options.choice("time_range") ?? .hour)
        try options.check()
        let metrics = try await data.metrics(ofDevice: try context.identifier(), query)
        guard let metrics else { throw Problem.notFound }
        return try .json(metrics)
    }
}
