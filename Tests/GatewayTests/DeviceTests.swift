import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct DeviceTests {
    private static let example = NewDevice(
        deviceName: "gate-1", deviceType: .raspberryPi5, ipAddress: "2001:DB8::7", macAddress: "D83ADD010203",
        platformInfo: ["os": .string("Debian")], heartbeatSeconds: 10)

    @Test func aDeviceIsAddedHeardOfChangedAndDeleted() async throws {
        try await withGateway { box in
            let client = try await box.client()
            let device = try await client.createDevice(Self.example)
            #expect(device.ipAddress == "2001:db8::7" && device.macAddress == "d8:3a:dd:01:02:03")
            #expect(device.status == .offline && device.platformInfo == ["os": .string("Debian")])
            #expect(try await client.device(device.id) == device)
            let metric = DeviceMetric(.temperature, 51.5, "°C")
            #expect(try await client.sendHeartbeat(ofDevice: device.id, [metric]) == .online)
            let metrics = try await client.metrics(
                ofDevice: device.id, DeviceMetricQuery(.temperature, timeRange: .day))
            #expect(metrics.bucketSeconds == 900 && metrics.series.first?.points.map(\.average) == [51.5])
            let change = DeviceChange { ($0.status, $0.macAddress) = (.maintenance, .some(nil)) }
            let changed = try await client.updateDevice(device.id, change)
            #expect(changed.status == .maintenance && changed.macAddress == nil && changed.heartbeatSeconds == 10)
            try await client.deleteDevice(device.id)
            let gone = await #expect(throws: Problem.self) { try await client.device(device.id) }
            #expect(gone?.status == 404)
        }
    }

    @Test func listsAreFilteredAndPaged() async throws {
        try await withGateway { box in
            let client = try await box.client()
            var ids: [UUIDv7] = []
            for number in 0..<5 {
                var device = Self.example
                (device.deviceName, device.deviceType) = ("\(number)", number == 0 ? .coreI5 : .generic)
                ids.append(try await client.createDevice(device).id)
            }
            var query = DeviceQuery()
            (query.limit, query.deviceType) = (2, .generic)
            var seen: [UUIDv7] = []
            for try await device in client.allDevices(query) { seen.append(device.id) }
            #expect(seen == ids.dropFirst().reversed())
            query.status = .online
            #expect(try await client.devices(query).items.isEmpty)
        }
    }

    @Test func aMemberThatIsNullIsShown() async throws {
        try await withGateway { box in
            let client = try await box.client()
            let device = NewDevice(deviceName: "a", deviceType: .generic, ipAddress: "192.0.2.1")
            let id = try await client.createDevice(device).id
            let answer = try await box.call(.GET, "/devices/\(id)", token: await client.accessToken)
            let members = try answer.decode([String: JSONValue].self)
            for name in ["mac_address", "platform_info", "heartbeat_seconds", "last_heartbeat_at"] {
                #expect(members[name] == .null, "\(name)")
            }
        }
    }

    @Test(arguments: [
        ("POST", "/devices", #"{"device_name":"x","device_type":"generic","ip_address":"::1","colour":1}"#, "colour"),
        ("POST", "/devices", #"{"device_name":"x","device_type":"tv","ip_address":"::1"}"#, "device_type"),
        ("POST", "/devices", #"{"device_name":"x","device_type":"generic","ip_address":"localhost"}"#, "ip_address"),
        ("POST", "/devices", #"{"device_name":"x","device_type":"generic"}"#, "ip_address"),
        ("POST", "/devices", #"{"device_name":"a\u0007","device_type":"generic","ip_address":"::1"}"#, "device_name"),
        (
            "POST", "/devices", #"{"device_name":"x","device_type":"generic","ip_address":"::1","status":"online"}"#,
            "status"
        ),
        ("PATCH", "/devices/ID", #"{"device_name":null}"#, "device_name"),
        ("PATCH", "/devices/ID", #"{"status":"asleep"}"#, "status"),
        ("PATCH", "/devices/ID", #"{"mac_address":"1"}"#, "mac_address"),
        ("PATCH", "/devices/ID", #"{"heartbeat_seconds":86401}"#, "heartbeat_seconds"),
        ("POST", "/devices/ID/heartbeat", #"{"metric":[]}"#, "metric"),
        (
            "POST", "/devices/ID/heartbeat", #"{"metrics":[{"metric_type":"cpu","metric_value":1,"metric_unit":""}]}"#,
            "metrics[0].metric_unit"
        ),
        ("GET", "/devices?status=asleep", "", "status"), ("GET", "/devices?device_type=tv", "", "device_type"),
        ("GET", "/devices?limit=0", "", "limit"), ("GET", "/devices?cursor=x", "", "cursor"),
        ("GET", "/devices/ID/metrics?time_range=1y", "", "time_range"),
        ("GET", "/devices/ID/metrics?metric_type=fan", "", "metric_type"),
    ])
    func whatIsWrongIsRefusedByName(method: String, path: String, body: String, field: String) async throws {
        try await withGateway { box in
            let client = try await box.client()
            let device = try await client.createDevice(Self.example)
            let answer = try await box.call(
                HTTPMethod(rawValue: method), path.replacing("ID", with: device.id.description),
                token: await client.accessToken, headers: body.isEmpty ? [] : [Body.json],
                body: body.isEmpty ? nil : ByteBuffer(string: body))
            #expect(answer.status == 422, "\(String(buffer: answer.body))")
            #expect(try answer.decode(Problem.self).errors?.map(\.field) == [field])
            #expect(try await client.device(device.id) == device)
        }
    }

    @Test(arguments: Role.allCases)
    func everybodyReadsAndOperatorsWrite(role: Role) async throws {
        try await withGateway { box in
            let id = try await box.client().createDevice(Self.example).id
            let token = try await box.token(role)
            let mayWrite = role == .admin || role == .operator
            for path in ["/devices", "/devices/\(id)", "/devices/\(id)/metrics"] {
                #expect(try await box.call(.GET, path, token: token).status == 200, "\(path)")
            }
            let device = #"{"device_name":"b","device_type":"generic","ip_address":"::1"}"#
            let writes: [(HTTPMethod, String, String?, Int)] = [
                (.POST, "/devices", device, 201), (.PATCH, "/devices/\(id)", "{}", 200),
                (.POST, "/devices/\(id)/heartbeat", "{}", 200), (.DELETE, "/devices/\(id)", nil, 204),
            ]
            for (method, path, body, status) in writes {
                let answer = try await box.call(
                    method, path, token: token, headers: body == nil ? [] : [Body.json],
                    body: body.map { ByteBuffer(string: $0) })
                #expect(answer.status == (mayWrite ? status : 403), "\(method) \(path)")
            }
        }
    }
}
