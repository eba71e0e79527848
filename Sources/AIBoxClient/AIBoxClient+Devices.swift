import AIBoxAPI

/// The machines on which models run.
extension AIBoxClient {
    /// One page of devices, newest first.
    public func devices(_ query: DeviceQuery = DeviceQuery()) async throws -> Page<Device> {
        var call = Call(.GET, "/devices")
        let values: [(String, String?)] = [
            ("status", query.status?.rawValue), ("device_type", query.deviceType?.rawValue),
            ("limit", "\(query.limit)"), ("cursor", query.cursor),
        ]
        call.query = values.compactMap { name, value in value.map { (name, $0) } }
        return try decode(try await send(call))
    }

    /// Every device that `query` asks for, newest first, page by page as it is consumed.
    public func allDevices(_ query: DeviceQuery = DeviceQuery()) -> PageSequence<Device> {
        PageSequence { cursor in
            var next = query
            next.cursor = cursor ?? query.cursor
            return try await devices(next)
        }
    }

    public func device(_ id: UUIDv7) async throws -> Device {
        try decode(try await send(Call(.GET, "/devices/\(id)")))
    }

    /// Throws `Problem` 409 when the name is taken.
    public func createDevice(_ device: NewDevice) async throws -> Device {
        try decode(try await send(try Call(.POST, "/devices", json: device)))
    }

    public func updateDevice(_ id: UUIDv7, _ change: DeviceChange) async throws -> Device {
        try decode(try await send(try Call(.PATCH, "/devices/\(id)", json: change)))
    }

    public func deleteDevice(_ id: UUIDv7) async throws {
        _ = try await send(Call(.DELETE, "/devices/\(id)"))
    }

    /// Says that the device lives, and what it measures; returns its status from now on.
    public func sendHeartbeat(ofDevice id: UUIDv7, _ metrics: [DeviceMetric] = []) async throws -> DeviceStatus {
        let call = try Call(.POST, "/devices/\(id)/heartbeat", json: DeviceHeartbeat(metrics: metrics))
        let answer: DeviceHeartbeatAnswer = try decode(try await send(call))
        return answer.status
    }

    public func metrics(
        ofDevice id: UUIDv7, _ query: DeviceMetricQuery = DeviceMetricQuery()
    ) async throws -> DeviceMetrics {
        var call = Call(.GET, "/devices/\(id)/metrics")
        call.query = [("time_range", query.timeRange.rawValue)]
        if let type = query.metricType { call.query.append(("metric_type", type.rawValue)) }
        return try decode(try await send(call))
    }
}
