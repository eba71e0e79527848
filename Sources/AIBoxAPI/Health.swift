/// `GET /health` of every service.
public struct ServiceHealth: Codable, Sendable {
    public enum Status: String, Codable, Sendable { case healthy, degraded, unhealthy }

    public var status: Status
    public var service: String
    public var version: String
    public var uptimeSeconds: Double
    /// Name of a check → `ok`, or what is wrong and what to do.
    public var checks: [String: String]

    public init(status: Status, service: String, version: String, uptimeSeconds: Double, checks: [String: String]) {
        self.status = status
        self.service = service
        self.version = version
        self.uptimeSeconds = uptimeSeconds
        self.checks = checks
    }

    enum CodingKeys: String, CodingKey {
        case status, service, version, checks
        case uptimeSeconds = "uptime_seconds"
    }
}

/// `GET /system/health`.
public struct SystemHealth: Codable, Sendable {
    public var status: ServiceHealth.Status
    /// `api_gateway`, `model_server`, `data_manager`, `database` → `up` or `down`.
    public var services: [String: String]
    public var version: String
    public var uptimeSeconds: Double

    public init(status: ServiceHealth.Status, services: [String: String], version: String, uptimeSeconds: Double) {
        self.status = status
        self.services = services
        self.version = version
        self.uptimeSeconds = uptimeSeconds
    }

    enum CodingKeys: String, CodingKey {
        case status, services, version
        case uptimeSeconds = "uptime_seconds"
    }
}
