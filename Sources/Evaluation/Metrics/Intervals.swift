import Foundation

/// A 95 % confidence interval.
public struct Interval: Hashable, Sendable, Codable {
    public var low: Double
    public var high: Double

    public init(low: Double, high: Double) {
        self.low = low
        self.high = high
    }
}

/// A share of a count, with Wilson's score interval (Wilson 1927), which holds for few items and shares near 0 and 1.
public struct Rate: Hashable, Sendable, Codable {
    public let hits: Int
    public let count: Int

    public init(_ hits: Int, of count: Int) {
        self.hits = hits
        self.count = count
    }

    /// `nil` of nothing.
    public var value: Double? { count > 0 ? Double(hits) / Double(count) : nil }

    public var interval: Interval? {
        guard count > 0 else { return nil }
        let z = 1.959963984540054
        let n = Double(count)
        let share = Double(hits) / n
        let divisor = 1 + z * z / n
        let centre = (share + z * z / (2 * n)) / divisor
        let half = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot() / divisor
        // Rounding must not put the share itself outside.
        return Interval(low: max(0, min(share, centre - half)), high: min(1, max(share, centre + half)))
    }

    enum CodingKeys: String, CodingKey {
        case value, hits, count, low, high
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        hits = try container.decode(Int.self, forKey: .hits)
        count = try container.decode(Int.self, forKey: .count)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(value, forKey: .value)
        try container.encode(hits, forKey: .hits)
        try container.encode(count, forKey: .count)
        try container.encodeIfPresent(interval?.low, forKey: .low)
        try container.encodeIfPresent(interval?.high, forKey: .high)
    }
}

/// Percentile bootstrap (Efron 1979): units are drawn with replacement, the same for the same seed.
public struct Bootstrap: Sendable {
    public var replicates: Int
    public var seed: UInt64

    public init(replicates: Int = 1000, seed: UInt64 = 20_261_124) {
        self.replicates = replicates
        self.seed = seed
    }

    /// As many replicates as `work` units each allow within a few seconds, 50 at least.
    public func affordable(work: Int) -> Bootstrap {
        var bounded = self
        bounded.replicates = min(replicates, max(50, 400_000_000 / max(1, work)))
        return bounded
    }

    /// The intervals of several statistics at once.
    /// - Parameters:
    ///   - units: how many independent things were measured: pictures, or people.
    ///   - statistics: from how often each unit was drawn to the values; `nil` where one is undefined.
    /// - Returns: an interval for each statistic, `nil` where fewer than half of the replicates have a value.
    public func intervals(units: Int, statistics: ([Int]) -> [Double?]) -> [Interval?] {
        guard units > 1 else { return statistics(Array(repeating: 1, count: max(0, units))).map { _ in nil } }
        var random = SeededGenerator(seed: seed)
        var values: [[Double]] = []
        for _ in 0..<replicates {
            var drawn = Array(repeating: 0, count: units)
            for _ in 0..<units { drawn[Int.random(in: 0..<units, using: &random)] += 1 }
            let replicate = statistics(drawn)
            if values.isEmpty { values = Array(repeating: [], count: replicate.count) }
            for (index, value) in replicate.enumerated() {
                if let value, value.isFinite { values[index].append(value) }
            }
        }
        return values.map { $0.count * 2 < replicates ? nil : Self.middle(of: $0) }
    }

    /// The interval of the mean of `values`.
    public func interval(ofMeanOf values: [Double]) -> Interval? {
        let found = intervals(units: values.count) { drawn in
            let sum = zip(drawn, values).reduce(0) { $0 + Double($1.0) * $1.1 }
            return [sum / Double(values.count)]
        }
        return found.first ?? nil
    }

    private static func middle(of values: [Double]) -> Interval? {
        guard let low = values.quantile(0.025), let high = values.quantile(0.975) else { return nil }
        return Interval(low: low, high: high)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast, the same numbers everywhere.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension [Double] {
    /// With linear interpolation between order statistics (type 7 of Hyndman and Fan, NumPy's default); `nil` of
    /// nothing, or of anything that is not finite.
    public func quantile(_ share: Double) -> Double? {
        guard !isEmpty, (0...1).contains(share), allSatisfy(\.isFinite) else { return nil }
        let ordered = sorted()
        let place = share * Double(count - 1)
        let below = Int(place)
        let above = Swift.min(below + 1, count - 1)
        return ordered[below] + (ordered[above] - ordered[below]) * (place - Double(below))
    }

    var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }
}
