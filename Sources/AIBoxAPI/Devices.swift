/// The kind of machine that a device is.
public enum DeviceType: String, Codable, Hashable, Sendable, CaseIterable {
    case raspberryPi5 = "raspberry-pi-5"
    case radxaRock5 = "radxa-rock-5"
    case jetsonNano = "jetson-nano"
    case coreI5 = "core-i5"
    case generic

    /// - Throws: `DecodingError` that names the types.
    public init(from decoder: any Decoder) throws { self = try decoder.named(Self.self) }
}

/// Whether a device is heard of.
public enum DeviceStatus: String, Codable, Hashable, Sendable, CaseIterable {
    /// Its heartbeats come.
    case online
    /// Three of its heartbeats have not come, or none ever has.
    case offline
    /// Somebody works on it: neither heartbeats nor silence change the status until somebody ends it.
    case maintenance

    /// - Throws: `DecodingError` that names the states.
    public init(from decoder: any Decoder) throws { self = try decoder.named(Self.self) }
}

/// A machine on which models run.
public struct Device: Codable, Hashable, Sendable {
    /// Seconds between two heartbeats of a device that does not say its own.
    public static let defaultHeartbeatSeconds = 30
    /// Heartbeats in a row that may be missing before a device counts as offline.
    public static let missedHeartbeats = 3

    public var id: UUIDv7
    /// Unique.
    public var deviceName: String
    public var deviceType: DeviceType
    /// IPv4 or IPv6 in its canonical form (RFC 5952).
    public var ipAddress: String
    /// Six octets, lower case, with colons between.
    public var macAddress: String?
    /// What the device or its operator tells of it.
    public var platformInfo: [String: JSONValue]?
    public var status: DeviceStatus
    /// Seconds that the device lets pass between two heartbeats; `nil`: `defaultHeartbeatSeconds`.
    public var heartbeatSeconds: Int?
    public var lastHeartbeatAt: Timestamp?
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        id: UUIDv7 = UUIDv7(), deviceName: String, deviceType: DeviceType, ipAddress: String, macAddress: String? = nil,
        platformInfo: [String: JSONValue]? = nil, status: DeviceStatus = .offline, heartbeatSeconds: Int? = nil,
        lastHeartbeatAt: Timestamp? = nil, createdAt: Timestamp = .now, updatedAt: Timestamp = .now
    ) {
        self.id = id
        self.deviceName = deviceName
        self.deviceType = deviceType
        self.ipAddress = ipAddress
        self.macAddress = macAddress
        self.platformInfo = platformInfo
        self.status = status
        self.heartbeatSeconds = heartbeatSeconds
        self.lastHeartbeatAt = lastHeartbeatAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    enum CodingKeys: String, CodingKey {
        case id, status
        case deviceName = "device_name"
        case deviceType = "device_type"
        case ipAddress = "ip_address"
        case macAddress = "mac_address"
        case platformInfo = "platform_info"
        case heartbeatSeconds = "heartbeat_seconds"
        case lastHeartbeatAt = "last_heartbeat_at"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(deviceName, forKey: .deviceName)
        try container.encode(deviceType, forKey: .deviceType)
        try container.encode(ipAddress, forKey: .ipAddress)
        try container.encode(status, forKey: .status)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(updatedAt, forKey: .updatedAt)
        // Present as null.
        try container.encode(macAddress, forKey: .macAddress)
        try container.encode(platformInfo, forKey: .platformInfo)
        try container.encode(heartbeatSeconds, forKey: .heartbeatSeconds)
        try container.encode(lastHeartbeatAt, forKey: .lastHeartbeatAt)
    }
}

/// The body of `POST /devices`.
public struct NewDevice: Codable, Hashable, Sendable {
    public var deviceName: String
    public var deviceType: DeviceType
    public var ipAddress: String
    public var macAddress: String?
    public var platformInfo: [String: JSONValue]?
    public var heartbeatSeconds: Int?

    public init(
        deviceName: String, deviceType: DeviceType, ipAddress: String, macAddress: String? = nil,
        platformInfo: [String: JSONValue]? = nil, heartbeatSeconds: Int? = nil
    ) {
        self.deviceName = deviceName
        self.deviceType = deviceType
        self.ipAddress = ipAddress
        self.macAddress = macAddress
        self.platformInfo = platformInfo
        self.heartbeatSeconds = heartbeatSeconds
    }

    enum CodingKeys: String, CodingKey {
        case deviceName = "device_name"
        case deviceType = "device_type"
        case ipAddress = "ip_address"
        case macAddress = "mac_address"
        case platformInfo = "platform_info"
        case heartbeatSeconds = "heartbeat_seconds"
    }
}

/// The body of `PATCH /devices/{id}`: absent members stay as they are, null removes those that may be absent.
public struct DeviceChange: Codable, Hashable, Sendable {
    public var deviceName: String?
    public var deviceType: DeviceType?
    public var ipAddress: String?
    /// Absent: unchanged; `.some(nil)`: removed.
    public var macAddress: String??
    public var platformInfo: [String: JSONValue]??
    public var heartbeatSeconds: Int??
    /// `maintenance` begins it; another one ends it, and whether the device is then online follows its heartbeats.
    public var status: DeviceStatus?

    public init() {}

    /// For building one in place.
    public init(_ build: (inout DeviceChange) -> Void) { build(&self) }

    typealias CodingKeys = Device.CodingKeys

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        deviceName = try container.decodeUnlessAbsent(String.self, forKey: .deviceName)
        deviceType = try container.decodeUnlessAbsent(DeviceType.self, forKey: .deviceType)
        ipAddress = try container.decodeUnlessAbsent(String.self, forKey: .ipAddress)
        status = try container.decodeUnlessAbsent(DeviceStatus.self, forKey: .status)
        macAddress = try container.decodeNullable(String.self, forKey: .macAddress)
        platformInfo = try container.decodeNullable([String: JSONValue].self, forKey: .platformInfo)
        heartbeatSeconds = try container.decodeNullable(Int.self, forKey: .heartbeatSeconds)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(deviceName, forKey: .deviceName)
        try container.encodeIfPresent(deviceType, forKey: .deviceType)
        try container.encodeIfPresent(ipAddress, forKey: .ipAddress)
        try container.encodeIfPresent(status, forKey: .status)
        if let macAddress { try container.encode(macAddress, forKey: .macAddress) }
        if let platformInfo { try container.encode(platformInfo, forKey: .platformInfo) }
        if let heartbeatSeconds { try container.encode(heartbeatSeconds, forKey: .heartbeatSeconds) }
    }
}

/// The filters of `GET /devices`; absent means any.
public struct DeviceQuery: Codable, Hashable, Sendable {
    public var status: DeviceStatus?
    public var deviceType: DeviceType?
    /// 1–500.
    public var limit: Int = 50
    /// Opaque: the `next_cursor` of the page before.
    public var cursor: String?

    public init() {}
}
