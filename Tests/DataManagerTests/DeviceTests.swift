import AIBoxAPI
import Foundation
import ServiceClients
import Storage
import Synchronization
import TestSupport
import Testing

@testable import DataManager

/// A clock that a test moves.
final class ManualClock: Sendable {
    private let now: Mutex<Timestamp>

    /// - Parameter start: RFC 3339.
    init(_ start: String = "2026-03-01T12:00:00Z") { now = Mutex(Timestamp(start) ?? .now) }

    var time: Timestamp { now.withLock { $0 } }

    func advance(_ seconds: Double) {
        now.withLock { $0 = Timestamp(milliseconds: $0.milliseconds + Int64(seconds * 1000)) }
    }
}

/// Runs `body` with a data manager on a new folder, whose time is that of `clock`, and closes it.
func withDataManager(
    on rows: TestRows = .sqlite, at clock: ManualClock, _ body: (DataManager) async throws -> Void
) async throws {
    let folder = try TestFolder()
    var configuration = DataManager.Configuration(folder: folder.path)
    if rows == .postgres {
        configuration.database = .postgres(url: try TestPostgres.shared().newDatabase(), replicas: [])
    }
    configuration.clock = { clock.time }
    let manager = try await DataManager(configuration, logger: .silent)
    try await body(manager)
    await manager.close()
}

@Suite struct DeviceTests {
    private static func add(_ name: String, _ seconds: Int? = nil, to manager: DataManager) async throws -> UUIDv7 {
        try await manager.createDevice(
            Device(deviceName: name, deviceType: .generic, ipAddress: "192.0.2.1", heartbeatSeconds: seconds)
        ).id
    }

    @Test(arguments: [(nil, 90.0), (1, 3.0), (10, 30.0), (86_400, 259_200.0)])
    func aDeviceIsOfflineOnceThreeHeartbeatsAreMissing(_ seconds: Int?, _ patience: Double) async throws {
        let clock = ManualClock()
        try await withDataManager(at: clock) { manager in
            let id = try await Self.add("a", seconds, to: manager)
            #expect(try await manager.heartbeat(ofDevice: id, []) == .online)
            clock.advance(patience)
            try await manager.sweepDevices()
            #expect(try await manager.device(id)?.status == .online)
            clock.advance(0.001)
            try await manager.sweepDevices()
            #expect(try await manager.device(id)?.status == .offline)
            #expect(try await manager.heartbeat(ofDevice: id, []) == .online)
        }
    }

    @Test(arguments: TestRows.here) func ofManySweepsOneChangesADevice(_ rows: TestRows) async throws {
        let clock = ManualClock()
        try await withDataManager(on: rows, at: clock) { manager in
            var ids: Set<UUIDv7> = []
            for number in 0..<20 { ids.insert(try await Self.add("\(number)", to: manager)) }
            for id in ids { _ = try await manager.heartbeat(ofDevice: id, []) }
            clock.advance(91)
            let changed = try await withThrowingTaskGroup(of: [UUIDv7].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await manager.write { try DeviceStatusRows.markSilent(at: clock.time, $0).map(\.id) }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(changed.count == 20 && Set(changed) == ids)
        }
    }

    @Test func maintenanceIsBegunAndEndedByHand() async throws {
        let clock = ManualClock()
        try await withDataManager(at: clock) { manager in
            let id = try await Self.add("a", to: manager)
            func set(_ status: DeviceStatus) async throws -> DeviceStatus? {
                try await manager.updateDevice(id, DeviceChange { $0.status = status })?.status
            }
            #expect(try await set(.online) == .offline, "only a heartbeat makes it online")
            #expect(try await set(.maintenance) == .maintenance)
            clock.advance(1000)
            try await manager.sweepDevices()
            #expect(try await manager.heartbeat(ofDevice: id, []) == .maintenance)
            #expect(try await manager.updateDevice(id, DeviceChange { $0.deviceName = "b" })?.status == .maintenance)
            #expect(try await set(.offline) == .online, "it was heard of")
            #expect(try await set(.maintenance) == .maintenance)
            clock.advance(91)
            #expect(try await set(.online) == .offline, "it was not heard of for too long")
        }
    }

    @Test(arguments: DeviceTimeRange.allCases, TestRows.here)
    func metricsComeInABoundedNumberOfPoints(_ range: DeviceTimeRange, _ rows: TestRows) async throws {
        let clock = ManualClock("2026-03-01T12:00:00Z")
        try await withDataManager(on: rows, at: clock) { manager in
            let id = try await Self.add("a", to: manager)
            let (step, count) = (range.bucketSeconds / 2, 2 * range.seconds / range.bucketSeconds + 20)
            for number in 0..<count {
                _ = try await manager.heartbeat(ofDevice: id, [DeviceMetric(.cpu, Double(number), "percent")])
                clock.advance(Double(step))
            }
            let metrics = try await manager.metrics(ofDevice: id, DeviceMetricQuery(timeRange: range))
            let points = try #require(metrics?.series.first?.points)
            #expect(
                points.count == range.seconds / range.bucketSeconds - 1
                    || points.count == range.seconds / range.bucketSeconds)
            #expect(points.count <= 180)
            for (point, next) in zip(points, points.dropFirst()) {
                #expect(next.at.milliseconds - point.at.milliseconds == Int64(range.bucketSeconds) * 1000)
                #expect(point.count == 2 && point.maximum == point.minimum + 1)
                #expect(point.average == (point.minimum + point.maximum) / 2)
                #expect(next.minimum == point.maximum + 1)
            }
        }
    }

    /// What a hostile device can make, and time.
    @Test(arguments: TestRows.here) func oldAndTooManyMetricsGo(_ rows: TestRows) async throws {
        let clock = ManualClock()
        try await withDataManager(on: rows, at: clock) { manager in
            let id = try await Self.add("a", to: manager)
            func count() async throws -> Int {
                try await manager.read { try $0.value("SELECT count(*) FROM device_metrics") ?? 0 }
            }
            func prune() async throws {
                _ = try await manager.write { try DeviceMetricRows.prune(10, after: nil, at: clock.time, $0) }
            }
            _ = try await manager.heartbeat(ofDevice: id, [DeviceMetric(.cpu, 1, "percent")])
            try await prune()
            #expect(try await count() == 2)
            clock.advance(86_400 + 60)
            try await prune()
            #expect(try await count() == 1)
            clock.advance(30 * 86_400)
            try await prune()
            #expect(try await count() == 0)
            try await manager.write { db in
                let rows = (0..<DeviceMetricRows.rowLimit + 500).map { index -> [SQLValue] in
                    [
                        id.sqlValue, .integer(60), .text("cpu"), .text("u\(index)"),
                        .integer(clock.time.milliseconds - Int64(index)), .real(0), .real(0), .real(0), .integer(1),
                    ]
                }
                try db.copy(
                    rows, into: "device_metrics",
                    columns: [
                        "device_id", "width", "metric_type", "metric_unit", "starts_at", "minimum", "maximum", "total",
                        "samples",
                    ])
            }
            try await prune()
            #expect(try await count() == DeviceMetricRows.rowLimit)
        }
    }

    @Test func pruningGoesThroughAllDevicesInTurn() async throws {
        let clock = ManualClock()
        try await withDataManager(at: clock) { manager in
            var ids: [UUIDv7] = []
            for number in 0..<5 { ids.append(try await Self.add("\(number)", to: manager)) }
            var (last, seen): (UUIDv7?, [UUIDv7?]) = (nil, [])
            repeat {
                let after = last
                last = try await manager.write { try DeviceMetricRows.prune(2, after: after, at: clock.time, $0) }
                seen.append(last)
            } while last != nil
            #expect(seen == [ids[1], ids[3], nil])
        }
    }
}

@Suite struct NetworkAddressTests {
    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("2001:DB8::7", "2001:db8::7"), ("2001:db8:0:0:0:0:0:7", "2001:db8::7"),
        ("::FFFF:192.0.2.7", "::ffff:192.0.2.7"), ("::", "::"), ("0:0:0:0:0:0:0:1", "::1"),
        ("192.0.2", nil), ("192.0.2.256", nil), ("192.0.2.07", nil), (" 192.0.2.7", nil), ("192.0.2.7 ", nil),
        ("192.0.2.7\u{0}", nil), ("192.0.2.7/24", nil), ("fe80::1%eth0", nil), ("[::1]", nil), ("::1::", nil),
        ("example.org", nil), ("", nil), ("3221225991", nil), ("0x7f.1", nil), (String(repeating: ":", count: 99), nil),
    ])
    func addressesHaveOneForm(_ text: String, _ form: String?) {
        #expect(NetworkAddress.canonicalIP(text) == form)
    }

    @Test(arguments: [
        ("d8:3a:dd:01:02:03", "d8:3a:dd:01:02:03"), ("D8-3A-DD-01-02-03", "d8:3a:dd:01:02:03"),
        ("d83a.dd01.0203", "d8:3a:dd:01:02:03"), ("D83ADD010203", "d8:3a:dd:01:02:03"),
        ("d8:3a-dd:01:02:03", nil), ("d8:3a:dd:01:02", nil), ("d8:3a:dd:01:02:03:04", nil), ("g8:3a:dd:01:02:03", nil),
        ("d8:3a:dd:01:02:0", nil), ("", nil), ("d83a.dd01:0203", nil), ("d8:3a:dd:01:02:03\u{0}", nil),
        ("\u{FF14}8:3a:dd:01:02:03", nil),
    ])
    func hardwareAddressesHaveOneForm(_ text: String, _ form: String?) {
        #expect(NetworkAddress.canonicalMAC(text) == form)
    }
}
