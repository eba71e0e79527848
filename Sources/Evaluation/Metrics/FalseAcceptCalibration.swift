import Foundation

/// Which cosine to ask for when so many impostors may be accepted: the table by which the product turns
/// `false_accept_rate` into a threshold. Made of impostor scores of one model on one set; belongs in the model's entry.
///
/// A point is measured where ten impostors or more lie above it (a relative standard error of at most a third), else
/// taken from the fitted tail of the scores (`TailFit`) and marked so.
public struct FalseAcceptCalibration: Hashable, Sendable, Codable {
    public struct Point: Hashable, Sendable, Codable {
        public var falseAcceptRate: Double
        public var cosine: Double
        public var isExtrapolated: Bool

        public init(falseAcceptRate: Double, cosine: Double, isExtrapolated: Bool) {
            self.falseAcceptRate = falseAcceptRate
            self.cosine = cosine
            self.isExtrapolated = isExtrapolated
        }

        enum CodingKeys: String, CodingKey {
            case falseAcceptRate = "false_accept_rate"
            case cosine
            case isExtrapolated = "extrapolated"
        }
    }

    /// By falling rate; the cosine never falls.
    public let points: [Point]
    /// How many impostor pairs were measured.
    public let impostorPairs: Int
    /// The fit behind extrapolated points, that of all pairs where groups were looked at; `nil` when there are none.
    public let tail: TailFit?
    /// The group whose scores were the highest at the lowest measured rate, when groups were looked at.
    public let worstGroup: String?

    enum CodingKeys: String, CodingKey {
        case points, tail
        case impostorPairs = "impostor_pairs"
        case worstGroup = "worst_group"
    }

    public static let standardRates = [
        0.1, 0.05, 0.02, 0.01, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5, 5e-6, 2e-6, 1e-6,
    ]
    static let minimumFalseAccepts = 10.0

    /// - Parameter impostors: cosines of pairs of different people, in any order.
    /// - Returns: `nil` when there are too few to measure even the highest rate.
    public init?(impostors: [Double], rates: [Double] = standardRates) {
        let scores = impostors.filter { (-1...1.0001).contains($0) }.sorted(by: >)
        let wanted = Set(rates.filter { $0 > 0 && $0 < 1 }).sorted(by: >)
        let fit = TailFit(descending: scores)
        var points: [Point] = []
        var usesTail = false
        for rate in wanted {
            let isMeasured = Double(scores.count) * rate >= Self.minimumFalseAccepts
            let cosine: Double
            if isMeasured {
                cosine = Self.threshold(scores, rate)
            } else {
                guard let fit, rate < fit.share else { continue }
                cosine = fit.score(reachedBy: rate)
                usesTail = true
            }
            let floor = points.last?.cosine ?? -1
            points.append(
                Point(falseAcceptRate: rate, cosine: min(1, max(floor, cosine)), isExtrapolated: !isMeasured))
        }
        guard points.contains(where: { !$0.isExtrapolated }) else { return nil }
        self.points = points
        impostorPairs = scores.count
        tail = usesTail ? fit : nil
        worstGroup = nil
    }

    /// For the group that fares worst: at every rate the highest cosine among all pairs and those within each group that
    /// has enough pairs to measure anything. Two people of one group are taken for one another more easily than any two,
    /// and a threshold for the average would let them.
    public init?(impostors: [Double], within groups: [String: [Double]], rates: [Double] = standardRates) {
        guard let all = FalseAcceptCalibration(impostors: impostors, rates: rates) else { return nil }
        let each = groups.sorted { $0.key < $1.key }.compactMap { name, scores in
            FalseAcceptCalibration(impostors: scores, rates: rates).map { (name: name, table: $0) }
        }
        let tables = [all] + each.map(\.table)
        var highest: [Point] = []
        for point in all.points {
            let candidates = tables.flatMap { $0.points.filter { $0.falseAcceptRate == point.falseAcceptRate } }
            var worst = candidates.max { $0.cosine < $1.cosine } ?? point
            // A group may end at a higher rate than all pairs do; its cosine then holds on.
            if let last = highest.last, last.cosine > worst.cosine {
                worst.cosine = last.cosine
                worst.isExtrapolated = true
            }
            highest.append(worst)
        }
        points = highest
        impostorPairs = all.impostorPairs
        tail = points.contains(where: \.isExtrapolated) ? all.tail : nil
        let reference = each.compactMap { entry in
            entry.table.points.last { !$0.isExtrapolated && $0.falseAcceptRate >= 0.01 }.map { (entry.name, $0.cosine) }
        }
        worstGroup = reference.max { $0.1 < $1.1 }?.0
    }

    /// The cosine for a rate, on the straight line between points over the logarithm of the rate, and whether it rests
    /// on the fitted tail. Beyond the table's ends the last point holds, which the answer's rate then says.
    public func threshold(
        forFalseAcceptRate rate: Double
    ) -> (cosine: Double, isExtrapolated: Bool, falseAcceptRate: Double)? {
        guard let first = points.first, let last = points.last, rate > 0 else { return nil }
        if rate >= first.falseAcceptRate { return (first.cosine, first.isExtrapolated, first.falseAcceptRate) }
        guard rate > last.falseAcceptRate else { return (last.cosine, last.isExtrapolated, last.falseAcceptRate) }
        for (above, below) in zip(points, points.dropFirst()) where rate > below.falseAcceptRate {
            let share = log(above.falseAcceptRate / rate) / log(above.falseAcceptRate / below.falseAcceptRate)
            let cosine = above.cosine + share * (below.cosine - above.cosine)
            return (cosine, share > 0 && below.isExtrapolated || above.isExtrapolated, rate)
        }
        return (last.cosine, last.isExtrapolated, last.falseAcceptRate)
    }

    /// How likely two different people reach a cosine: the table read the other way, ends as above.
    public func falseAcceptRate(atCosine cosine: Double) -> Double? {
        guard let first = points.first, let last = points.last else { return nil }
        if cosine <= first.cosine { return first.falseAcceptRate }
        for (above, below) in zip(points, points.dropFirst()) where cosine < below.cosine {
            let share = (cosine - above.cosine) / (below.cosine - above.cosine)
            return above.falseAcceptRate * pow(below.falseAcceptRate / above.falseAcceptRate, share)
        }
        return last.falseAcceptRate
    }

    /// The lowest threshold that no more than that share of the scores reaches.
    static func threshold(_ descending: [Double], _ rate: Double) -> Double {
        let allowed = Int((rate * Double(descending.count) + 1e-9).rounded(.down))
        guard allowed < descending.count else { return descending.last ?? 0 }
        let refused = descending[allowed]
        return allowed > 0 && descending[allowed - 1] > refused ? descending[allowed - 1] : refused.nextUp
    }
}
