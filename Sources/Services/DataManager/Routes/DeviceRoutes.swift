import AIBoxAPI
import Hummingbird
import ServiceClients
import ServiceHTTP

/// The part of the internal API that serves the devices, one route per call of `DeviceKeeping`.
///
/// | call | request | answer |
/// |---|---|---|
/// | `createDevice` | `POST /internal/devices` `Device` | `Device`, 409 |
/// | `devices` | `GET /internal/devices?query=` JSON of the `DeviceQuery` | `Page<Device>` |
/// | `device` | `GET /internal/devices/{id}` | `Device`, 404 |
/// | `updateDevice` | `PATCH /internal/devices/{id}` `DeviceChange` | `Device`, 404, 409 |
/// | `deleteDevice` | `DELETE /internal/devices/{id}` | 204, 404 |
/// | `heartbeat` | `POST /internal/devices/{id}/heartbeat` `DeviceHeartbeat` | `DeviceHeartbeatAnswer`, 404 |
/// | `metrics` | `GET /internal/devices/{id}/metrics?time_range=&metric_type=` | `DeviceMetrics`, 404 |
struct DeviceRoutes<Context: RequestContext>: Sendable {
    let devices: any DeviceKeeping
    let body: BodyReader

    func add(to router: some RouterMethods<Context>) {
        router.group("internal/devices")
            .post(use: create)
            .get(use: list)
            .get(":id", use: show)
            .patch(":id", use: update)
            .delete(":id", use: delete)
            .post(":id/heartbeat", use: heartbeat)
            .get(":id/metrics", use: metrics)
    }

    private func create(_ request: Request, _ context: Context) async throws -> Response {
        try .json(await devices.createDevice(body.decode(Device.self, request)))
    }

    private func list(_ request: Request, _ context: Context) async throws -> Response {
        try .json(await devices.devices(request.query(DeviceQuery.self)))
    }

    private func show(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await devices.device(context.id()))
    }

    private func update(_ request: Request, _ context: Context) async throws -> Response {
        let change = try await body.decode(DeviceChange.self, request)
        return try .found(await devices.updateDevice(context.id(), change))
    }

    private func delete(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await devices.deleteDevice(context.id()))
    }

    private func heartbeat(_ request: Request, _ context: Context) async throws -> Response {
        let beat = try await body.decode(DeviceHeartbeat.self, request)
        let status = try await devices.heartbeat(ofDevice: context.id(), beat.metrics ?? [])
        return try .found(status.map(DeviceHeartbeatAnswer.init(status:)))
    }

    private func metrics(_ request: Request, _ context: Context) async throws -> Response {
        let parameters = request.uri.queryParameters
        guard let range = try DeviceTimeRange(rawValue: parameters.require("time_range")) else {
            throw Problem.badRequest("time_range is none.")
        }
        let type = parameters.get("metric_type").flatMap(DeviceMetricType.init(rawValue:))
        return try .found(await devices.metrics(ofDevice: context.id(), DeviceMetricQuery(type, timeRange: range)))
    }
}
