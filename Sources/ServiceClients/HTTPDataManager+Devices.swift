import AIBoxAPI

extension HTTPDataManager {
    public func createDevice(_ device: Device) async throws -> Device {
        let answer = try await http.send(.json(.POST, "/internal/devices", device))
        return try http.decode(Device.self, from: answer.body)
    }

    public func device(_ id: UUIDv7) async throws -> Device? {
        try await http.value(.init(path: "/internal/devices/\(id)"))
    }

    public func devices(_ query: DeviceQuery) async throws -> Page<Device> {
        try await page("/internal/devices", query)
    }

    public func updateDevice(_ id: UUIDv7, _ change: DeviceChange) async throws -> Device? {
        try await http.value(.json(.PATCH, "/internal/devices/\(id)", change))
    }

    public func deleteDevice(_ id: UUIDv7) async throws -> Bool {
        try await isFound(.init(method: .DELETE, path: "/internal/devices/\(id)"))
    }

    /// Not sent again after a broken connection: its values would count twice, and the next heartbeat comes soon.
    public func heartbeat(ofDevice id: UUIDv7, _ metrics: [DeviceMetric]) async throws -> DeviceStatus? {
        let body = DeviceHeartbeat(metrics: metrics)
        var call = try InternalHTTP.Call.json(.POST, "/internal/devices/\(id)/heartbeat", body)
        call.isRepeatable = false
        return try await http.value(call, as: DeviceHeartbeatAnswer.self)?.status
    }

    public func metrics(ofDevice id: UUIDv7, _ query: DeviceMetricQuery) async throws -> DeviceMetrics? {
        let type = query.metricType.map { "&metric_type=\($0.rawValue)" } ?? ""
        let path = "/internal/devices/\(id)/metrics?time_range=\(query.timeRange.rawValue)\(type)"
        return try await http.value(.init(path: path))
    }
}
