import Foundation

/// The upper tail of a distribution of scores, beyond what was seen: two laws are fitted to the highest twentieth, and
/// where they differ the higher score holds, because too low a threshold lets impostors pass.
///
/// - The generalised Pareto distribution (Pickands 1975; Balkema, de Haan 1974) by probability-weighted moments (Hosking,
///   Wallis 1987). By itself it promises too much: of normal scores a few hundred exceedances look bounded (ξ < 0), though
///   normal scores have no bound.
/// - A normal distribution through the upper order statistics, by weighted least squares on the quantile plot.
public struct TailFit: Hashable, Sendable, Codable {
    /// The score above which the fit holds.
    public let start: Double
    /// The share of scores above `start`.
    public let share: Double
    /// The Pareto law's σ, in units of the score.
    public let scale: Double
    /// The Pareto law's ξ, kept within −0.25 to 0.1: so few exceedances cannot tell it better.
    public let shape: Double
    /// Of the normal law.
    public let mean: Double
    public let deviation: Double

    static let shapes: ClosedRange<Double> = -0.25...0.1
    static let minimumExceedances = 50

    /// - Parameter scores: by descending value, finite.
    /// - Returns: `nil` when there are too few, or they are all alike.
    public init?(descending scores: [Double]) {
        // A twentieth, as far as that leaves enough to fit: further out the theorem holds better, with fewer to show it.
        let count = max(Self.minimumExceedances, min(scores.count / 20, 5000))
        guard scores.count > 2 * count, scores[0] > scores[count] else { return nil }
        start = scores[count]
        share = Double(count) / Double(scores.count)
        let top = Array(scores.prefix(count))
        guard let pareto = Self.pareto(top.map { $0 - scores[count] }),
            let normal = Self.normal(top, of: scores.count)
        else { return nil }
        (shape, scale) = pareto
        (mean, deviation) = normal
    }

    /// The score that this share of all scores reaches, which must be within `share`: the higher of both laws'.
    public func score(reachedBy wanted: Double) -> Double {
        max(paretoScore(reachedBy: wanted), mean + deviation * normalQuantile(above: wanted))
    }

    /// The Pareto law's alone.
    func paretoScore(reachedBy wanted: Double) -> Double {
        let ratio = wanted / share
        guard abs(shape) > 1e-9 else { return start - scale * log(ratio) }
        return start + scale / shape * (pow(ratio, -shape) - 1)
    }

    private static func pareto(_ descending: [Double]) -> (shape: Double, scale: Double)? {
        let n = Double(descending.count)
        let mean = descending.reduce(0, +) / n
        var weighted = 0.0
        for (index, exceedance) in descending.reversed().enumerated() {
            weighted += (1 - (Double(index + 1) - 0.35) / n) * exceedance / n
        }
        let divisor = mean - 2 * weighted
        guard divisor > 0, mean > 0 else { return nil }
        let shape = min(max(2 - mean / divisor, shapes.lowerBound), shapes.upperBound)
        // With the shape held, the scale that keeps the mean excess: σ = mean · (1 − ξ); equal to the moments' own when
        // the shape is free.
        return (shape, mean * (1 - shape))
    }

    /// The i-th highest score over the normal quantile of (i − ½) ÷ n, weighted by i: the highest vary the most.
    private static func normal(_ descending: [Double], of count: Int) -> (mean: Double, deviation: Double)? {
        let quantiles = descending.indices.map { normalQuantile(above: (Double($0) + 0.5) / Double(count)) }
        let weights = descending.indices.map { Double($0 + 1) }
        let total = weights.reduce(0, +)
        let centreX = zip(weights, quantiles).reduce(0) { $0 + $1.0 * $1.1 } / total
        let centreY = zip(weights, descending).reduce(0) { $0 + $1.0 * $1.1 } / total
        var products = 0.0
        var squares = 0.0
        for index in descending.indices {
            let across = quantiles[index] - centreX
            products += weights[index] * across * (descending[index] - centreY)
            squares += weights[index] * across * across
        }
        guard squares > 0, products > 0 else { return nil }
        return (centreY - products / squares * centreX, products / squares)
    }
}

/// The standard normal deviate that this share lies above; 0 < share < 1. By bisection of the complementary error function.
func normalQuantile(above share: Double) -> Double {
    var low = -40.0
    var high = 40.0
    for _ in 0..<70 {
        let middle = (low + high) / 2
        if erfc(middle / 2.0.squareRoot()) / 2 > share { low = middle } else { high = middle }
    }
    return (low + high) / 2
}
