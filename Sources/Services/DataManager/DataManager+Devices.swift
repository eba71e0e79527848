import AIBoxAPI
import ServiceClients

extension DataManager {
    public func createDevice(_ device: Device) async throws -> Device {
        let device = try FieldRules.checked(device)
        return try await write { try device.insert($0) }
    }

    public func device(_ id: UUIDv7) async throws -> Device? {
        try await read { try Device.find(id, $0) }
    }

    public func devices(_ query: DeviceQuery) async throws -> Page<Device> {
        try FieldRules.check(limit: query.limit, in: 1...500)
        let before = try query.cursor.map(PageCursor.id(in:))
        return try await read { try Device.page(query, before: before, $0) }
    }

    public func updateDevice(_ id: UUIDv7, _ change: DeviceChange) async throws -> Device? {
        let (change, now) = (try FieldRules.checked(change), clock())
        return try await write { try Device.update(id, change, at: now, $0) }
    }

    public func deleteDevice(_ id: UUIDv7) async throws -> Bool {
        try await write { try Device.delete(id, $0) }
    }

    public func heartbeat(ofDevice id: UUIDv7, _ metrics: [DeviceMetric]) async throws -> DeviceStatus? {
        try FieldRules.check(metrics)
        let now = clock()
        return try await write { try DeviceStatusRows.heartbeat(of: id, metrics, at: now, $0) }
    }

    public func metrics(ofDevice id: UUIDv7, _ query: DeviceMetricQuery) async throws -> DeviceMetrics? {
        let now = clock()
        return try await read { db in
            guard try db.exists("SELECT 1 FROM devices WHERE id = ?", [id]) else { return nil }
            let series = try DeviceMetricRows.series(ofDevice: id, query, at: now, db)
            return DeviceMetrics(timeRange: query.timeRange, series: series)
        }
    }

    /// Devices that are silent become offline.
    func sweepDevices() async throws {
        let now = clock()
        let isDue = try await read { try DeviceStatusRows.hasSilent(at: now, $0) }
        guard isDue else { return }
        let devices = try await write { try DeviceStatusRows.markSilent(at: now, $0) }
        for device in devices {
            logger.notice(
                "a device is offline", metadata: ["device.id": "\(device.id)", "device.name": "\(device.deviceName)"])
        }
    }
}
