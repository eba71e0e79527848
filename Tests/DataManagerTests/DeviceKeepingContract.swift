import AIBoxAPI
import ServiceClients
import Testing

/// What every implementation of `DeviceKeeping` must do, beginning without devices.
func verifyDeviceKeeping(_ manager: any DeviceKeeping) async throws {
    try await verifyDevices(manager)
    try await verifyDevicePages(manager)
    try await verifyHeartbeats(manager)
}

private func verifyDevices(_ manager: any DeviceKeeping) async throws {
    let device = Device(
        deviceName: "cổng 1/ü", deviceType: .raspberryPi5, ipAddress: "2001:DB8:0::7", macAddress: "D8-3A-DD-01-02-03",
        platformInfo: ["os": .string("Debian"), "cores": .integer(4)], heartbeatSeconds: 10)
    #expect(try await manager.device(device.id) == nil)
    let stored = try await manager.createDevice(device)
    #expect(try await manager.createDevice(device) == stored, "a retry after a lost answer")
    var expected = device
    (expected.ipAddress, expected.macAddress) = ("2001:db8::7", "d8:3a:dd:01:02:03")
    #expect(stored == expected)
    #expect(try await manager.device(device.id) == stored)

    let taken = await problem {
        _ = try await manager.createDevice(Device(deviceName: "cổng 1/ü", deviceType: .generic, ipAddress: "192.0.2.1"))
    }
    #expect(taken?.status == 409)
    let broken = Device(
        deviceName: "", deviceType: .generic, ipAddress: "192.0.2", macAddress: "x", heartbeatSeconds: 0)
    let refusal = await problem { _ = try await manager.createDevice(broken) }
    #expect(
        refusal?.errors?.map(\.field) == ["device_name", "ip_address", "mac_address", "heartbeat_seconds"])

    let cleared = DeviceChange {
        ($0.macAddress, $0.platformInfo, $0.heartbeatSeconds) = (.some(nil), .some(nil), .some(nil))
    }
    let changed = try #require(try await manager.updateDevice(device.id, cleared))
    #expect(changed.macAddress == nil && changed.platformInfo == nil && changed.heartbeatSeconds == nil)
    #expect(changed.deviceName == device.deviceName && changed.updatedAt >= device.updatedAt)
    let other = try await manager.createDevice(
        Device(deviceName: "other", deviceType: .generic, ipAddress: "192.0.2.1"))
    let second = await problem {
        _ = try await manager.updateDevice(other.id, DeviceChange { $0.deviceName = "cổng 1/ü" })
    }
    #expect(second?.status == 409)
    #expect(try await manager.device(other.id) == other)
    #expect(try await manager.updateDevice(other.id, DeviceChange { $0.deviceName = "other" })?.deviceName == "other")
    #expect(try await manager.updateDevice(UUIDv7(), cleared) == nil)
    for id in [device.id, other.id] { #expect(try await manager.deleteDevice(id)) }
    #expect(try await manager.deleteDevice(device.id) == false)
    #expect(try await manager.device(device.id) == nil)
}

private func verifyDevicePages(_ manager: any DeviceKeeping) async throws {
    var devices: [Device] = []
    for number in 0..<5 {
        let type = number % 2 == 0 ? DeviceType.generic : .coreI5
        let device = Device(deviceName: "page \(number)", deviceType: type, ipAddress: "192.0.2.\(number)")
        devices.append(try await manager.createDevice(device))
    }
    _ = try await manager.heartbeat(ofDevice: devices[1].id, [])
    var (query, seen) = (DeviceQuery(), [UUIDv7]())
    query.limit = 2
    repeat {
        let page = try await manager.devices(query)
        seen += page.items.map(\.id)
        query.cursor = page.nextCursor
        let late = Device(deviceName: "late \(seen.count)", deviceType: .generic, ipAddress: "::1")
        devices.append(try await manager.createDevice(late))
    } while query.cursor != nil
    #expect(seen == devices.prefix(5).map(\.id).reversed(), "what is added in between is not seen")
    query = DeviceQuery()
    query.deviceType = .coreI5
    #expect(try await manager.devices(query).items.map(\.deviceName) == ["page 3", "page 1"])
    query.status = .online
    #expect(try await manager.devices(query).items.map(\.deviceName) == ["page 1"])
    query.deviceType = .jetsonNano
    #expect(try await manager.devices(query).items.isEmpty)
    for (limit, cursor) in [(0, nil), (501, nil), (1, "abc")] as [(Int, String?)] {
        var query = DeviceQuery()
        (query.limit, query.cursor) = (limit, cursor)
        let refusal = await problem { _ = try await manager.devices(query) }
        #expect(refusal?.status == 422)
    }
    for device in devices { _ = try await manager.deleteDevice(device.id) }
}

private func verifyHeartbeats(_ manager: any DeviceKeeping) async throws {
    let device = try await manager.createDevice(
        Device(deviceName: "beats", deviceType: .radxaRock5, ipAddress: "192.0.2.1"))
    #expect(device.status == .offline && device.lastHeartbeatAt == nil)
    #expect(try await manager.heartbeat(ofDevice: UUIDv7(), []) == nil)
    let metrics = [
        DeviceMetric(.cpu, 40, "percent"), DeviceMetric(.cpu, 60, "percent"), DeviceMetric(.cpu, 1.5, "GHz"),
    ]
    #expect(
        try await manager.heartbeat(ofDevice: device.id, metrics + [DeviceMetric(.temperature, -3, "°C")]) == .online)
    let online = try #require(try await manager.device(device.id))
    #expect(online.status == .online && online.lastHeartbeatAt != nil)

    let all = try #require(try await manager.metrics(ofDevice: device.id, DeviceMetricQuery()))
    #expect(all.timeRange == .hour && all.bucketSeconds == 60)
    #expect(all.series.map(\.metricType) == [.cpu, .cpu, .temperature])
    #expect(all.series.map(\.metricUnit) == ["GHz", "percent", "°C"])
    let point = try #require(all.series[1].points.first)
    #expect(point.minimum == 40 && point.average == 50 && point.maximum == 60 && point.count == 2)
    let month = try await manager.metrics(ofDevice: device.id, DeviceMetricQuery(.temperature, timeRange: .month))
    #expect(month?.series.map { $0.points.map(\.average) } == [[-3]])
    #expect(try await manager.metrics(ofDevice: device.id, DeviceMetricQuery(.npu))?.series.isEmpty == true)
    #expect(try await manager.metrics(ofDevice: UUIDv7(), DeviceMetricQuery()) == nil)

    let bad = [DeviceMetric(.cpu, 1e16, ""), DeviceMetric(.cpu, 1, String(repeating: "x", count: 17))]
    let refusal = await problem { _ = try await manager.heartbeat(ofDevice: device.id, bad) }
    let fields = ["metrics[0].metric_value", "metrics[0].metric_unit", "metrics[1].metric_unit"]
    #expect(refusal?.errors?.map(\.field) == fields)
    let many = await problem {
        let metrics = Array(repeating: DeviceMetric(.cpu, 1, "percent"), count: 101)
        _ = try await manager.heartbeat(ofDevice: device.id, metrics)
    }
    #expect(many?.errors?.map(\.field) == ["metrics"])

    #expect(
        try await manager.updateDevice(device.id, DeviceChange { $0.status = .maintenance })?.status == .maintenance)
    #expect(try await manager.heartbeat(ofDevice: device.id, []) == .maintenance)
    #expect(try await manager.updateDevice(device.id, DeviceChange { $0.status = .offline })?.status == .online)
    #expect(try await manager.deleteDevice(device.id))
    #expect(try await manager.metrics(ofDevice: device.id, DeviceMetricQuery()) == nil)
}
