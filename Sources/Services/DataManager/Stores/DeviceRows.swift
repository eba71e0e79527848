import AIBoxAPI
import Storage

extension Device {
    /// Does nothing when the device is there already: the caller has repeated a call whose answer was lost.
    ///
    /// - Throws: `Problem` 409 when the name is taken.
    func insert(_ db: any SQLSession) throws -> Device {
        if let stored = try Self.find(id, db) { return stored }
        try Self.refuse(deviceName, takenFrom: id, db)
        let insert = """
            INSERT INTO devices (
                id, device_name, device_type, ip_address, mac_address, platform_info, status, heartbeat_seconds,
                last_heartbeat_at, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        try db.execute(
            insert,
            [
                id, deviceName, deviceType.rawValue, ipAddress, macAddress, try infoText(), status.rawValue,
                heartbeatSeconds, lastHeartbeatAt, createdAt, updatedAt,
            ])
        return self
    }

    static func find(_ id: UUIDv7, _ db: any SQLSession) throws -> Device? {
        try db.row("SELECT * FROM devices WHERE id = ?", [id]).map(Device.init(row:))
    }

    /// Newest first; `before` is the last one of the page before.
    static func page(_ query: DeviceQuery, before: UUIDv7?, _ db: any SQLSession) throws -> Page<Device> {
        var filter = RowFilter()
        filter.add("status = ?", query.status?.rawValue)
        filter.add("device_type = ?", query.deviceType?.rawValue)
        return try filter.page(of: "devices", before: before, limit: query.limit, db, Device.init(row:), id: \.id)
    }

    /// - Throws: `Problem` 409 when the name is taken.
    static func update(_ id: UUIDv7, _ change: DeviceChange, at now: Timestamp, _ db: any SQLSession) throws -> Device?
    {
        guard var device = try find(id, db) else { return nil }
        let before = device.status
        device.apply(change, at: now)
        try refuse(device.deviceName, takenFrom: id, db)
        let update = """
            UPDATE devices SET device_name = ?, device_type = ?, ip_address = ?, mac_address = ?, platform_info = ?,
                status = ?, heartbeat_seconds = ?, updated_at = ?
            WHERE id = ?
            """
        try db.execute(
            update,
            [
                device.deviceName, device.deviceType.rawValue, device.ipAddress, device.macAddress,
                try device.infoText(), device.status.rawValue, device.heartbeatSeconds, device.updatedAt, id,
            ])
        if device.status != before { try DeviceStatusRows.noteStatusChange(of: device, from: before, at: now, db) }
        return device
    }

    /// Whether there was such a device.
    static func delete(_ id: UUIDv7, _ db: any SQLSession) throws -> Bool {
        try db.update("DELETE FROM devices WHERE id = ?", [id]) > 0
    }

    private mutating func apply(_ change: DeviceChange, at now: Timestamp) {
        deviceName = change.deviceName ?? deviceName
        deviceType = change.deviceType ?? deviceType
        ipAddress = change.ipAddress ?? ipAddress
        if let address = change.macAddress { macAddress = address }
        if let info = change.platformInfo { platformInfo = info }
        if let seconds = change.heartbeatSeconds { heartbeatSeconds = seconds }
        updatedAt = now
        switch change.status {
        case .maintenance: status = .maintenance
        case .online, .offline: if status == .maintenance { status = isSilent(at: now) ? .offline : .online }
        case nil: break
        }
    }

    /// Whether more heartbeats are missing than may be.
    private func isSilent(at now: Timestamp) -> Bool {
        guard let lastHeartbeatAt else { return true }
        let patience = Self.missedHeartbeats * (heartbeatSeconds ?? Self.defaultHeartbeatSeconds)
        return lastHeartbeatAt.milliseconds < now.milliseconds - Int64(patience) * 1000
    }

    private static func refuse(_ name: String, takenFrom id: UUIDv7, _ db: any SQLSession) throws {
        let taken = "SELECT 1 FROM devices WHERE device_name = ? AND id <> ?"
        guard try db.exists(taken, [name, id]) else { return }
        throw Problem(409, "Conflict", detail: "There is a device named \(name) already; choose another device_name.")
    }

    private func infoText() throws(Problem) -> String? {
        guard let platformInfo else { return nil }
        return try JSONColumn.text(platformInfo, field: "platform_info")
    }

    init(row: SQLRow) throws {
        guard let type = DeviceType(rawValue: try row.get("device_type")),
            let status = DeviceStatus(rawValue: try row.get("status"))
        else { throw StorageError(.damaged, "unknown type or status of a device") }
        let info: String? = try row.get("platform_info")
        self.init(
            id: try row.get("id"), deviceName: try row.get("device_name"), deviceType: type,
            ipAddress: try row.get("ip_address"), macAddress: try row.get("mac_address"),
            platformInfo: try info.map { try JSONColumn.value($0) }, status: status,
            heartbeatSeconds: try row.get("heartbeat_seconds"), lastHeartbeatAt: try row.get("last_heartbeat_at"),
            createdAt: try row.get("created_at"), updatedAt: try row.get("updated_at"))
    }
}
