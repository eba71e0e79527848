import AIBoxAPI

/// What a device may be and send.
extension FieldRules {
    static let deviceNameLimit = 128
    static let heartbeatRange = 1...86_400
    static let metricLimit = 100
    static let metricUnitLimit = 16
    /// Sums of such values stay finite.
    static let metricMagnitude = 1e15

    /// The device with name and addresses in their canonical forms.
    static func checked(_ device: Device) throws(Problem) -> Device {
        var (rules, device) = (FieldRules(), device)
        device.deviceName = rules.deviceName(device.deviceName)
        device.ipAddress = rules.ipAddress(device.ipAddress)
        device.macAddress = device.macAddress.map { rules.macAddress($0) }
        rules.platform(device.platformInfo, device.heartbeatSeconds)
        try rules.finish()
        return device
    }

    static func checked(_ change: DeviceChange) throws(Problem) -> DeviceChange {
        var (rules, change) = (FieldRules(), change)
        change.deviceName = change.deviceName.map { rules.deviceName($0) }
        change.ipAddress = change.ipAddress.map { rules.ipAddress($0) }
        if let address = change.macAddress ?? nil { change.macAddress = rules.macAddress(address) }
        rules.platform(change.platformInfo ?? nil, change.heartbeatSeconds ?? nil)
        try rules.finish()
        return change
    }

    static func check(_ metrics: [DeviceMetric]) throws(Problem) {
        var rules = FieldRules()
        rules.require(metrics.count <= metricLimit, "metrics", "must be at most \(metricLimit)")
        for (index, metric) in metrics.prefix(metricLimit).enumerated() {
            rules.check(metric, "metrics[\(index)]")
        }
        try rules.finish()
    }

    private mutating func check(_ metric: DeviceMetric, _ name: String) {
        // Not so for NaN.
        let isSmall = abs(metric.metricValue) <= Self.metricMagnitude
        require(isSmall, "\(name).metric_value", "must be a number of at most \(Int(Self.metricMagnitude))")
        require(!metric.metricUnit.isEmpty, "\(name).metric_unit", "must not be empty")
        text("\(name).metric_unit", metric.metricUnit, limit: Self.metricUnitLimit)
    }

    private mutating func deviceName(_ name: String) -> String {
        self.name(name, field: "device_name", limit: Self.deviceNameLimit)
        return name.precomposedStringWithCanonicalMapping
    }

    private mutating func ipAddress(_ text: String) -> String {
        let address = NetworkAddress.canonicalIP(text)
        require(
            address != nil, "ip_address", "must be an IPv4 address like 192.0.2.7 or an IPv6 address like 2001:db8::7")
        return address ?? text
    }

    private mutating func macAddress(_ text: String) -> String {
        let address = NetworkAddress.canonicalMAC(text)
        require(address != nil, "mac_address", "must have six octets, like d8:3a:dd:01:02:03")
        return address ?? text
    }

    private mutating func platform(_ info: [String: JSONValue]?, _ heartbeatSeconds: Int?) {
        if let info { metadata(info, field: "platform_info") }
        let range = Self.heartbeatRange
        require(
            heartbeatSeconds.map(range.contains) ?? true, "heartbeat_seconds",
            "must be \(range.lowerBound) to \(range.upperBound)")
    }
}
