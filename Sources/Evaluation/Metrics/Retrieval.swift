/// One search: who was looked for, and what the gallery answered.
public struct SearchResult: Sendable {
    /// The searched person's number; of no gallery entry when they are not enrolled.
    public var person: Int
    /// Scores and people of the gallery, in any order.
    public var candidates: [(score: Double, person: Int)]

    public init(person: Int, candidates: [(score: Double, person: Int)]) {
        self.person = person
        self.candidates = candidates
    }

    public var isMated: Bool { candidates.contains { $0.person == person } }

    /// Best first; of equal scores others come before the person, so that ties never help.
    var ranked: [(score: Double, person: Int)] {
        candidates.sorted { one, other in
            if one.score != other.score { return one.score > other.score }
            return one.person != person && other.person == person
        }
    }
}

/// Figures of searches (1:N) and of re-identification.
public struct Retrieval: Sendable {
    /// Per mated search the rank of the first right candidate, from 1.
    public let ranks: [Int]
    /// Per mated search the mean of the precisions at its right candidates (Market-1501; Zheng et al. 2015).
    public let averagePrecisions: [Double]
    /// Per mated search the best score and whether it is the right person's.
    private let best: [(score: Double, isRight: Bool)]
    /// Per search of somebody who is not enrolled the best score.
    private let strangers: [Double]

    public init(_ searches: [SearchResult]) {
        var ranks: [Int] = []
        var averages: [Double] = []
        var best: [(score: Double, isRight: Bool)] = []
        var strangers: [Double] = []
        for search in searches {
            let ranked = search.ranked
            guard let top = ranked.first else { continue }
            let places = ranked.indices.filter { ranked[$0].person == search.person }
            guard let first = places.first else {
                strangers.append(top.score)
                continue
            }
            ranks.append(first + 1)
            let precisions = places.enumerated().map { Double($0.offset + 1) / Double($0.element + 1) }
            averages.append(precisions.mean ?? 0)
            best.append((top.score, first == 0))
        }
        self.ranks = ranks
        averagePrecisions = averages
        self.best = best
        self.strangers = strangers.sorted(by: >)
    }

    public var matedCount: Int { ranks.count }
    public var strangerCount: Int { strangers.count }

    /// Mated searches whose right candidate is among the first `rank` (cumulative match characteristic).
    public func found(within rank: Int) -> Rate { Rate(ranks.count { $0 <= rank }, of: ranks.count) }

    public var meanAveragePrecision: Double? { averagePrecisions.mean }

    /// True positive identification rate where no more than `rate` of the strangers raise an alarm (ISO/IEC 19795-1):
    /// mated searches with the right person first and at the threshold or above.
    /// - Returns: `nil` without searches of a kind; `isCarried` is false when a tenth of a stranger would decide, that is
    ///   with fewer than 1 ÷ rate of them.
    public func truePositives(
        atFalsePositiveRate rate: Double
    ) -> (rate: Rate, threshold: Double, isCarried: Bool)? {
        guard !strangers.isEmpty, !best.isEmpty else { return nil }
        let threshold = FalseAcceptCalibration.threshold(strangers, rate)
        let hits = best.count { $0.isRight && $0.score >= threshold }
        return (Rate(hits, of: best.count), threshold, Double(strangers.count) * rate >= 1)
    }
}
