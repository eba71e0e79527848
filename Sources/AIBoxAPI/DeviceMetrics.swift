/// What a device measures of itself.
public enum DeviceMetricType: String, Codable, Hashable, Sendable, CaseIterable {
    case cpu, memory, gpu, npu, disk, network, temperature

    /// - Throws: `DecodingError` that names the types.
    public init(from decoder: any Decoder) throws { self = try decoder.named(Self.self) }
}

/// One value that a device sends with a heartbeat.
public struct DeviceMetric: Codable, Hashable, Sendable {
    public var metricType: DeviceMetricType
    public var metricValue: Double
    /// As the device names it, `percent` or `°C`; values of one type in two units are two series.
    public var metricUnit: String

    public init(_ metricType: DeviceMetricType, _ metricValue: Double, _ metricUnit: String) {
        self.metricType = metricType
        self.metricValue = metricValue
        self.metricUnit = metricUnit
    }

    enum CodingKeys: String, CodingKey {
        case metricType = "metric_type"
        case metricValue = "metric_value"
        case metricUnit = "metric_unit"
    }
}

/// The body of `POST /devices/{id}/heartbeat`.
public struct DeviceHeartbeat: Codable, Hashable, Sendable {
    /// At most 100; none when left out.
    public var metrics: [DeviceMetric]?

    public init(metrics: [DeviceMetric] = []) { self.metrics = metrics }
}

/// The answer to a heartbeat.
public struct DeviceHeartbeatAnswer: Codable, Hashable, Sendable {
    /// The device's status from now on.
    public var status: DeviceStatus

    public init(status: DeviceStatus) { self.status = status }
}

/// How far back `GET /devices/{id}/metrics` looks.
public enum DeviceTimeRange: String, Codable, Hashable, Sendable, CaseIterable {
    case hour = "1h"
    case sixHours = "6h"
    case day = "24h"
    case week = "7d"
    case month = "30d"

    public var seconds: Int {
        switch self {
        case .hour: 3600
        case .sixHours: 6 * 3600
        case .day: 24 * 3600
        case .week: 7 * 86_400
        case .month: 30 * 86_400
        }
    }

    /// Seconds that one point stands for.
    public var bucketSeconds: Int {
        switch self {
        case .hour: 60
        case .sixHours: 300
        case .day: 900
        case .week: 3600
        case .month: 6 * 3600
        }
    }
}

/// Which metrics of a device are asked for.
public struct DeviceMetricQuery: Codable, Hashable, Sendable {
    /// `nil`: all.
    public var metricType: DeviceMetricType?
    public var timeRange: DeviceTimeRange

    public init(_ metricType: DeviceMetricType? = nil, timeRange: DeviceTimeRange = .hour) {
        self.metricType = metricType
        self.timeRange = timeRange
    }
}

/// The answer of `GET /devices/{id}/metrics`.
public struct DeviceMetrics: Codable, Hashable, Sendable {
    /// The values of one type in one unit.
    public struct Series: Codable, Hashable, Sendable {
        public var metricType: DeviceMetricType
        public var metricUnit: String
        /// Oldest first; a time without values has no point.
        public var points: [Point]

        public init(metricType: DeviceMetricType, metricUnit: String, points: [Point]) {
            self.metricType = metricType
            self.metricUnit = metricUnit
            self.points = points
        }

        enum CodingKeys: String, CodingKey {
            case points
            case metricType = "metric_type"
            case metricUnit = "metric_unit"
        }
    }

    /// The values of `bucket_seconds` seconds.
    public struct Point: Codable, Hashable, Sendable {
        /// Where these seconds begin.
        public var at: Timestamp
        public var minimum: Double
        public var average: Double
        public var maximum: Double
        /// Values that the point is made of.
        public var count: Int

        public init(at: Timestamp, minimum: Double, average: Double, maximum: Double, count: Int) {
            self.at = at
            self.minimum = minimum
            self.average = average
            self.maximum = maximum
            self.count = count
        }
    }

    public var timeRange: DeviceTimeRange
    public var bucketSeconds: Int
    public var series: [Series]

    public init(timeRange: DeviceTimeRange, series: [Series]) {
        self.timeRange = timeRange
        bucketSeconds = timeRange.bucketSeconds
        self.series = series
    }

    enum CodingKeys: String, CodingKey {
        case series
        case timeRange = "time_range"
        case bucketSeconds = "bucket_seconds"
    }
}
