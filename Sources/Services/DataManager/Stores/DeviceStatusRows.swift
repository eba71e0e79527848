import AIBoxAPI
import Storage

/// The status of devices, which follows their heartbeats.
enum DeviceStatusRows {
    /// Notes that a device lives; `nil`: no such device. A device that was offline is online from now on.
    static func heartbeat(
        of id: UUIDv7, _ metrics: [DeviceMetric], at now: Timestamp, _ db: any SQLSession
    ) throws -> DeviceStatus? {
        // No column that an index has is touched, and the status comes back without a read.
        let note = "UPDATE devices SET last_heartbeat_at = ? WHERE id = ? RETURNING status"
        guard let row = try db.row(note, [now, id]) else { return nil }
        try DeviceMetricRows.add(metrics, ofDevice: id, at: now, db)
        guard let status = DeviceStatus(rawValue: try row.get("status")) else {
            throw StorageError(.damaged, "unknown status of a device")
        }
        guard status == .offline else { return status }
        let devices = try change("id = ?", [id], from: .offline, to: .online, at: now, db)
        return devices.first?.status ?? status
    }

    /// Devices that have been silent for too long become offline. Whichever instance comes first changes a device, and
    /// it alone notes the change.
    static func markSilent(at now: Timestamp, _ db: any SQLSession) throws -> [Device] {
        try change(silent, [now], from: .online, to: .offline, at: now, db)
    }

    /// Whether `markSilent` has anything to do.
    static func hasSilent(at now: Timestamp, _ db: any SQLSession) throws -> Bool {
        try db.exists("SELECT 1 FROM devices WHERE status = 'online' AND \(silent) LIMIT 1", [now])
    }

    private static let silent = """
        last_heartbeat_at + COALESCE(heartbeat_seconds, \(Device.defaultHeartbeatSeconds)) \
        * \(Device.missedHeartbeats * 1000) < ?
        """

    private static func change(
        _ condition: String, _ arguments: [any SQLConvertible], from old: DeviceStatus, to new: DeviceStatus,
        at now: Timestamp, _ db: any SQLSession
    ) throws -> [Device] {
        let update = "UPDATE devices SET status = ?, updated_at = ? WHERE status = ? AND \(condition) RETURNING *"
        let devices = try db.rows(update, [new.rawValue, now, old.rawValue] + arguments).map(Device.init(row:))
        for device in devices { try noteStatusChange(of: device, from: old, at: now, db) }
        return devices
    }

    /// The one place where a change of status becomes a `DeviceStatusChanged`, in the transaction that makes it.
    static func noteStatusChange(
        of device: Device, from old: DeviceStatus, at now: Timestamp, _ db: any SQLSession
    ) throws {
        try EventRows.append(DeviceStatusChanged(device: device.id, from: old, to: device.status), db)
    }
}
