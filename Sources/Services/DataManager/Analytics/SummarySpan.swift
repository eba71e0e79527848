import AIBoxAPI

/// The time that a summary is of, cut into the minutes, hours or days of a time zone.
///
/// A bucket of an hour ends when its clock shows the next one or is put forward or back: the hour that a shift repeats is
/// two, told apart by their offsets, the one that it skips is none. A day is all that has its date. So every moment of
/// the span is in one bucket.
struct SummarySpan: Sendable {
    /// Time with one offset. All numbers are milliseconds since 1970.
    struct Part: Sendable {
        let start: Int64
        let end: Int64
        /// Ahead of UTC.
        let offset: Int64
        /// What `(t + shift) / bucket.milliseconds` counts from zero for a moment of this part: places in `indices`.
        let shift: Int64
        /// The number of each bucket among those of the span.
        let indices: [Int]
    }

    /// How many buckets `from` and `to` may be apart.
    static let bucketLimit = 10_000
    /// The same for minutes, which are counted row by row: a day of 25 hours.
    static let minuteLimit = 1500
    /// Longer than any bucket: where one begins that has a moment is to be found within.
    private static let longest: Int64 = 48 * 3_600_000

    let bucket: SummaryBucket
    let zone: SiteZone
    let from: Int64
    let to: Int64
    /// When each bucket begins, before `from` for one that is cut off by it.
    private(set) var starts: [OffsetTimestamp] = []
    private(set) var parts: [Part] = []

    /// - Throws: 422 when `to` is not behind `from`, or too far.
    init(_ bucket: SummaryBucket, from: Timestamp, to: Timestamp, in zone: SiteZone) throws(Problem) {
        (self.bucket, self.zone, self.from, self.to) = (bucket, zone, from.milliseconds, to.milliseconds)
        guard from < to else { throw .invalid("to", "must be later than from") }
        let limit = bucket == .minute ? Self.minuteLimit : Self.bucketLimit
        guard self.to - self.from <= Int64(limit) * bucket.milliseconds else {
            throw .invalid("to", "must be at most \(limit) times a \(bucket.rawValue) behind from")
        }
        var days: [Int64: Day] = [:]
        for stretch in zone.stretches(from: self.from - Self.longest, to: self.to) { add(stretch, &days) }
    }

    /// What is known of a day; it may go on behind a shift of the clock.
    private struct Day {
        let start: OffsetTimestamp
        /// `nil`: all that was seen of it is before the span.
        var index: Int?
    }

    private mutating func add(_ stretch: SiteZone.Stretch, _ days: inout [Int64: Day]) {
        let (start, width) = (min(max(stretch.start, from), stretch.end - 1), bucket.milliseconds)
        let numbers =
            (start + stretch.offset).floored(by: width)...(stretch.end - 1 + stretch.offset).floored(by: width)
        var indices: [Int] = []
        for number in numbers {
            let begin = Timestamp(milliseconds: max(number * width - stretch.offset, stretch.start))
            let here = OffsetTimestamp(begin, offsetMinutes: Int(stretch.offset / 60_000))
            var day = bucket == .day ? days[number] ?? Day(start: here) : Day(start: here)
            if stretch.end > from {
                if day.index == nil { starts.append(day.start) }
                indices.append(day.index ?? starts.count - 1)
                day.index = indices.last
            }
            days[number] = day
        }
        guard stretch.end > from else { return }
        parts.append(
            Part(
                start: start, end: stretch.end, offset: stretch.offset,
                shift: stretch.offset - numbers.lowerBound * width, indices: indices))
    }
}

extension SummarySpan {
    /// The span of a query, with what it leaves out: from the beginning of a day to the end of the present bucket.
    init(_ query: SummaryQuery, in zone: SiteZone, at now: Timestamp) throws(Problem) {
        let to = if let to = query.to { to } else { try Self.end(of: query.bucket, at: now, in: zone) }
        let from = if let from = query.from { from } else { try Self.dayStart(before: to, in: zone) }
        try self.init(query.bucket, from: from, to: to, in: zone)
    }

    private static func end(
        of bucket: SummaryBucket, at now: Timestamp, in zone: SiteZone
    ) throws(Problem) -> Timestamp {
        let later = Timestamp(milliseconds: now.milliseconds + longest)
        let limited = bucket == .day ? later : Timestamp(milliseconds: now.milliseconds + 2 * bucket.milliseconds)
        let starts = try SummarySpan(bucket, from: now, to: limited, in: zone).starts
        return starts.first { $0.moment > now }?.moment ?? limited
    }

    private static func dayStart(before to: Timestamp, in zone: SiteZone) throws(Problem) -> Timestamp {
        let last = Timestamp(milliseconds: to.milliseconds - 1)
        return max(try SummarySpan(.day, from: last, to: to, in: zone).starts[0].moment, Timestamp(milliseconds: 0))
    }
}

extension SummaryBucket {
    /// Of one that no shift cuts.
    var milliseconds: Int64 {
        switch self {
        case .minute: 60_000
        case .hour: 3_600_000
        case .day: 86_400_000
        }
    }
}

extension Int64 {
    /// The quotient, rounded down.
    func floored(by divisor: Int64) -> Int64 { self / divisor - (self % divisor < 0 ? 1 : 0) }
}
