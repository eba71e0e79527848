/// Which class was answered for which, with abstentions.
public struct ConfusionMatrix: Hashable, Sendable, Codable {
    /// Rows and columns, sorted.
    public let classes: [String]
    /// A row a true class, a column an answered one.
    public let counts: [[Int]]
    /// Per true class, how often nothing was answered.
    public let abstained: [Int]

    public struct ClassFigures: Hashable, Sendable, Codable {
        public let name: String
        /// How many are labelled so.
        public let count: Int
        /// Of those answered so, how many are.
        public let precision: Rate
        /// Of those labelled so, how many were answered so; an abstention is not.
        public let recall: Rate
    }

    /// - Parameter answers: truth and answer; `nil` where the product abstained.
    public init(_ answers: [(truth: String, answer: String?)]) {
        let classes = Set(answers.flatMap { [$0.truth] + ($0.answer.map { [$0] } ?? []) }).sorted()
        let places = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($0.element, $0.offset) })
        var counts = Array(repeating: Array(repeating: 0, count: classes.count), count: classes.count)
        var abstained = Array(repeating: 0, count: classes.count)
        for (truth, answer) in answers {
            guard let row = places[truth] else { continue }
            if let column = answer.flatMap({ places[$0] }) {
                counts[row][column] += 1
            } else {
                abstained[row] += 1
            }
        }
        self.classes = classes
        self.counts = counts
        self.abstained = abstained
    }

    public var total: Int { answered + abstained.reduce(0, +) }
    private var answered: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }
    private var right: Int { classes.indices.reduce(0) { $0 + counts[$1][$1] } }

    /// Of those answered, how many are right.
    public var precision: Rate { Rate(right, of: answered) }
    /// Of all, how many were answered.
    public var coverage: Rate { Rate(answered, of: total) }
    /// Of all, how many are right.
    public var accuracy: Rate { Rate(right, of: total) }

    public var perClass: [ClassFigures] {
        classes.indices.map { index in
            let count = counts[index].reduce(0, +) + abstained[index]
            let claimed = counts.reduce(0) { $0 + $1[index] }
            return ClassFigures(
                name: classes[index], count: count, precision: Rate(counts[index][index], of: claimed),
                recall: Rate(counts[index][index], of: count))
        }
    }
}
