/// Accuracy of same-or-different by cross-validation, as Labeled Faces in the Wild has it (Huang et al. 2007): the
/// threshold that is best on nine tenths decides the tenth.
public struct FoldAccuracy: Sendable, Codable, Hashable {
    public let folds: [Double]
    /// The thresholds that the folds used.
    public let thresholds: [Double]

    public var mean: Double { folds.reduce(0, +) / Double(folds.count) }

    /// The standard error of the mean over folds, as the LFW page reports it.
    public var standardError: Double {
        let centre = mean
        let squares = folds.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
        return (squares / Double(folds.count)).squareRoot() / Double(folds.count).squareRoot()
    }

    /// Folds by the order of the list: same and different pairs each cut into `count` runs of equal length. LFW's own
    /// list, ten sets of 300 and 300, is cut into just these sets.
    /// - Returns: `nil` when there are fewer pairs of a kind than folds.
    public init?(inOrder pairs: [ScoredPair], count: Int = 10) {
        let usable = pairs.filter(\.score.isFinite)
        let genuine = usable.filter(\.isSame)
        let impostor = usable.filter { !$0.isSame }
        guard count > 1, genuine.count >= count, impostor.count >= count else { return nil }
        let folds = (0..<count).map { fold in
            [genuine, impostor].flatMap { kind in
                kind[(fold * kind.count / count)..<((fold + 1) * kind.count / count)]
            }
        }
        let splits = folds.indices.map { fold in
            (train: folds.indices.filter { $0 != fold }.flatMap { folds[$0] }, test: folds[fold])
        }
        self.init(splits, isBalanced: false)
    }

    /// Folds by person: nobody is in both parts. People are dealt to folds in turn, by their number; pairs across the
    /// line are left out. Same and different pairs weigh alike, since all pairs of a set are nearly all different.
    /// - Returns: `nil` when a fold has no pair of a kind.
    public init?(byPerson pairs: [ScoredPair], count: Int = 10) {
        let usable = pairs.filter(\.score.isFinite)
        guard count > 1 else { return nil }
        let splits = (0..<count).map { fold in
            (
                train: usable.filter { $0.first % count != fold && $0.second % count != fold },
                test: usable.filter { $0.first % count == fold && $0.second % count == fold }
            )
        }
        self.init(splits, isBalanced: true)
    }

    private init?(_ splits: [(train: [ScoredPair], test: [ScoredPair])], isBalanced: Bool) {
        var folds: [Double] = []
        var thresholds: [Double] = []
        for split in splits {
            guard let threshold = Self.bestThreshold(split.train, isBalanced: isBalanced),
                let accuracy = Self.accuracy(split.test, at: threshold, isBalanced: isBalanced)
            else { return nil }
            folds.append(accuracy)
            thresholds.append(threshold)
        }
        self.folds = folds
        self.thresholds = thresholds
    }

    /// The middle between two neighbouring scores that gives the highest accuracy; the highest of equals.
    static func bestThreshold(_ pairs: [ScoredPair], isBalanced: Bool) -> Double? {
        let genuine = pairs.count { $0.isSame }
        let impostor = pairs.count - genuine
        guard genuine > 0, impostor > 0 else { return nil }
        let ordered = pairs.sorted { $0.score > $1.score }
        let gain = isBalanced ? 1 / Double(genuine) : 1
        let loss = isBalanced ? 1 / Double(impostor) : 1
        var value = 0.0
        var best = 0.0
        var threshold = (ordered.first?.score ?? 0).nextUp
        for (index, pair) in ordered.enumerated() {
            value += pair.isSame ? gain : -loss
            let next = index + 1 < ordered.count ? ordered[index + 1].score : pair.score.nextDown
            if next < pair.score, value > best {
                best = value
                threshold = (pair.score + next) / 2
            }
        }
        return threshold
    }

    private static func accuracy(_ pairs: [ScoredPair], at threshold: Double, isBalanced: Bool) -> Double? {
        let genuine = pairs.filter(\.isSame)
        let impostor = pairs.filter { !$0.isSame }
        guard !genuine.isEmpty, !impostor.isEmpty else { return nil }
        let accepted = genuine.count { $0.score >= threshold }
        let rejected = impostor.count { $0.score < threshold }
        guard isBalanced else { return Double(accepted + rejected) / Double(pairs.count) }
        return (Double(accepted) / Double(genuine.count) + Double(rejected) / Double(impostor.count)) / 2
    }
}
