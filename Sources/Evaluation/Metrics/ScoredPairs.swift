/// Two templates and how alike they are.
public struct ScoredPair: Hashable, Sendable {
    /// The cosine.
    public var score: Double
    /// Who they are, as small numbers; equal for a genuine pair.
    public var first: Int
    public var second: Int

    public init(score: Double, first: Int, second: Int) {
        self.score = score
        self.first = first
        self.second = second
    }

    public var isSame: Bool { first == second }
}

/// Error rates of a verification over all thresholds. A pair is accepted when its score is at least the threshold.
public struct ScoredPairs: Sendable {
    /// By descending score.
    let pairs: [ScoredPair]
    /// How many people there are, for the bootstrap.
    public let people: Int
    public let genuineCount: Int
    public let impostorCount: Int

    /// Pairs whose score is not finite are left out.
    public init(_ pairs: [ScoredPair]) {
        let ordered = pairs.filter { $0.score.isFinite && $0.first >= 0 && $0.second >= 0 }
            .sorted { ($1.score, $0.first, $0.second) < ($0.score, $1.first, $1.second) }
        self.pairs = ordered
        people = (ordered.map { max($0.first, $0.second) }.max() ?? -1) + 1
        genuineCount = ordered.count { $0.isSame }
        impostorCount = ordered.count - genuineCount
    }

    /// One step of the curve: everything of at least `threshold` accepted.
    public struct Step: Sendable, Codable, Hashable {
        public var threshold: Double
        public var falseAcceptRate: Double
        public var trueAcceptRate: Double
    }

    /// The receiver operating characteristic by falling threshold, from (0, 0) to (1, 1); empty unless there are pairs of
    /// both kinds. The first step's threshold is infinite.
    public func curve(drawn: [Int]? = nil) -> [Step] {
        let (genuine, impostor) = totals(drawn)
        guard genuine > 0, impostor > 0 else { return [] }
        var steps = [Step(threshold: .infinity, falseAcceptRate: 0, trueAcceptRate: 0)]
        var accepted = (genuine: 0.0, impostor: 0.0)
        for (index, pair) in pairs.enumerated() {
            let weight = Self.weight(pair, drawn)
            if pair.isSame { accepted.genuine += weight } else { accepted.impostor += weight }
            if index + 1 < pairs.count, pairs[index + 1].score == pair.score { continue }
            steps.append(
                Step(
                    threshold: pair.score, falseAcceptRate: accepted.impostor / impostor,
                    trueAcceptRate: accepted.genuine / genuine))
        }
        return steps
    }

    /// Those who are accepted at a threshold.
    public func rates(at threshold: Double) -> (trueAccepts: Rate, falseAccepts: Rate) {
        var accepted = (genuine: 0, impostor: 0)
        for pair in pairs.prefix(while: { $0.score >= threshold }) {
            if pair.isSame { accepted.genuine += 1 } else { accepted.impostor += 1 }
        }
        return (Rate(accepted.genuine, of: genuineCount), Rate(accepted.impostor, of: impostorCount))
    }

    /// A bootstrap of people, because pairs that share a person are not independent (Bolle, Ratha, Pankanti 2004): a
    /// genuine pair counts as often as its person was drawn, an impostor pair as often as both were.
    public func intervals(_ bootstrap: Bootstrap, of statistics: ([Step]) -> [Double?]) -> [Interval?] {
        bootstrap.affordable(work: pairs.count * 4).intervals(units: people) { drawn in
            statistics(curve(drawn: drawn))
        }
    }

    var impostorScores: [Double] { pairs.filter { !$0.isSame }.map(\.score) }

    private func totals(_ drawn: [Int]?) -> (genuine: Double, impostor: Double) {
        guard drawn != nil else { return (Double(genuineCount), Double(impostorCount)) }
        var sums = (genuine: 0.0, impostor: 0.0)
        for pair in pairs {
            let weight = Self.weight(pair, drawn)
            if pair.isSame { sums.genuine += weight } else { sums.impostor += weight }
        }
        return sums
    }

    private static func weight(_ pair: ScoredPair, _ drawn: [Int]?) -> Double {
        guard let drawn else { return 1 }
        return pair.isSame ? Double(drawn[pair.first]) : Double(drawn[pair.first]) * Double(drawn[pair.second])
    }
}

extension [ScoredPairs.Step] {
    /// Where false accepts and false rejects are equal, on the straight line between steps; `nil` of an empty curve.
    public var equalErrorRate: Double? {
        guard var before = first else { return nil }
        for step in dropFirst() {
            let gap = 1 - step.trueAcceptRate - step.falseAcceptRate
            if gap <= 0 {
                let gapBefore = 1 - before.trueAcceptRate - before.falseAcceptRate
                let share = gapBefore / (gapBefore - gap)
                return before.falseAcceptRate + share * (step.falseAcceptRate - before.falseAcceptRate)
            }
            before = step
        }
        return nil
    }

    /// The step with the most true accepts among those with no more false accepts than asked; `nil` of an empty curve.
    public func step(atFalseAcceptRate rate: Double) -> ScoredPairs.Step? {
        last { $0.falseAcceptRate <= rate }
    }

    /// The area under the curve, by trapezia; `nil` of an empty curve.
    public var area: Double? {
        guard !isEmpty else { return nil }
        return zip(self, dropFirst()).reduce(0) { sum, steps in
            let (left, right) = steps
            return sum
                + (right.falseAcceptRate - left.falseAcceptRate) * (left.trueAcceptRate + right.trueAcceptRate) / 2
        }
    }
}
