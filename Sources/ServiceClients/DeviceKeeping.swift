import AIBoxAPI

/// The part of the data manager that keeps the devices.
public protocol DeviceKeeping: Sendable {
    /// Keeps a new device, offline, and returns it as it was stored: name and addresses in their canonical forms.
    /// Creating the same device twice is one row.
    ///
    /// - Throws: `Problem` 409 when the name is taken.
    func createDevice(_ device: Device) async throws -> Device

    func device(_ id: UUIDv7) async throws -> Device?

    /// Newest first, by identifier. An invalid cursor throws 422.
    func devices(_ query: DeviceQuery) async throws -> Page<Device>

    /// `nil`: no such device. 409 when the name is taken.
    func updateDevice(_ id: UUIDv7, _ change: DeviceChange) async throws -> Device?

    /// Deletes the device with its metrics; whether there was one.
    func deleteDevice(_ id: UUIDv7) async throws -> Bool

    /// Notes that the device lives, and its values. Returns its status from now on; `nil`: no such device.
    /// - Parameter metrics: at most 100.
    func heartbeat(ofDevice id: UUIDv7, _ metrics: [DeviceMetric]) async throws -> DeviceStatus?

    /// `nil`: no such device.
    func metrics(ofDevice id: UUIDv7, _ query: DeviceMetricQuery) async throws -> DeviceMetrics?
}
