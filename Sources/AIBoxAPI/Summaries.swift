/// How long each bucket of a summary is, where the time zone is the time.
public enum SummaryBucket: String, Codable, Hashable, Sendable, CaseIterable {
    case minute, hour, day
}

/// What `GET /analytics/summary` counts; a filter that is absent means any.
public struct SummaryQuery: Codable, Hashable, Sendable {
    public var bucket = SummaryBucket.hour
    /// Inclusive, on `captured_at`; absent: the beginning of the day that `to` is in.
    public var from: Timestamp?
    /// Exclusive, on `captured_at`; absent: the end of the bucket that is now.
    public var to: Timestamp?
    /// IANA's name or an offset such as `+07:00`; absent: the site's.
    public var timeZone: String?
    public var task: AnalysisTask?
    /// Compared exactly; that of plates is `plate`.
    public var label: String?
    public var cameraID: String?
    public var deviceID: String?

    public init() {}
}

/// How many items were stored, by the time of their capture.
public struct DetectionSummary: Codable, Hashable, Sendable {
    /// Items of one kind from one camera.
    public struct Count: Codable, Hashable, Sendable {
        public var task: AnalysisTask
        /// The class within the task; `plate` for all plates, whose readings are not told apart.
        public var label: String
        /// Absent: items whose camera was not given.
        public var cameraID: String?
        public var count: Int

        public init(task: AnalysisTask, label: String, cameraID: String?, count: Int) {
            self.task = task
            self.label = label
            self.cameraID = cameraID
            self.count = count
        }

        enum CodingKeys: String, CodingKey {
            case task, label, count
            case cameraID = "camera_id"
        }
    }

    /// A minute, hour or day of the time zone. Of a day that is put forward or back it has what there was of it.
    public struct Bucket: Codable, Hashable, Sendable {
        public var start: OffsetTimestamp
        /// Of all items.
        public var count: Int
        /// Those above zero, by task, label and camera.
        public var counts: [Count]

        public init(start: OffsetTimestamp, count: Int, counts: [Count]) {
            self.start = start
            self.count = count
            self.counts = counts
        }
    }

    public var bucket: SummaryBucket
    /// As it was asked for, or the site's.
    public var timeZone: String
    public var from: Timestamp
    public var to: Timestamp
    /// Of all items between the two.
    public var count: Int
    /// Every one that has a moment between `from` and `to`, empty ones included, by time.
    public var buckets: [Bucket]

    public init(
        bucket: SummaryBucket, timeZone: String, from: Timestamp, to: Timestamp, count: Int, buckets: [Bucket]
    ) {
        self.bucket = bucket
        self.timeZone = timeZone
        self.from = from
        self.to = to
        self.count = count
        self.buckets = buckets
    }

    enum CodingKeys: String, CodingKey {
        case bucket, from, to, count, buckets
        case timeZone = "time_zone"
    }
}

/// A moment as the clocks somewhere show it, in whole seconds, written as RFC 3339 with the offset of that place:
/// `2026-10-25T02:00:00+01:00`.
public struct OffsetTimestamp: Hashable, Sendable, Codable, LosslessStringConvertible {
    public let moment: Timestamp
    /// Ahead of UTC.
    public let offsetMinutes: Int

    public init(_ moment: Timestamp, offsetMinutes: Int) {
        self.moment = moment
        self.offsetMinutes = offsetMinutes
    }

    /// Reads what `description` writes; `nil` for anything else.
    public init?(_ description: String) {
        guard let moment = Timestamp(description), description.utf8.count == 25 else { return nil }
        let (sign, digits) = (description.utf8.dropFirst(19).first, description.suffix(5).split(separator: ":"))
        guard let hours = digits.first.flatMap({ Int($0) }), let minutes = digits.last.flatMap({ Int($0) }) else {
            return nil
        }
        let offset = hours * 60 + minutes
        self.init(moment, offsetMinutes: sign == UInt8(ascii: "-") ? -offset : offset)
    }

    public var description: String {
        let local = Timestamp(milliseconds: moment.milliseconds + Int64(offsetMinutes) * 60_000)
        let (hours, minutes) = abs(offsetMinutes).quotientAndRemainder(dividingBy: 60)
        let sign = offsetMinutes < 0 ? "-" : "+"
        return "\(local.description.prefix(19))\(sign)\(Self.twoDigits(hours)):\(Self.twoDigits(minutes))"
    }

    private static func twoDigits(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = OffsetTimestamp(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a time with offset: \(text)")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
