/// What accepts the plates of a pattern: one state for each character of the pattern, an arc to each that may follow
/// (V. M. Glushkov, "The abstract theory of automata", 1961). Without unbounded repetition it has no cycle.
struct PlateAutomaton: Hashable, Sendable {
    /// More than any country's districts need; bounds the work on a grammar from outside.
    private static let maximumStates = 1024
    private static let maximumLength = 16

    private(set) var symbols: [PlateSymbolSet] = []
    private(set) var followers: [[Int]] = []
    private(set) var first: [Int] = []
    private(set) var isLast: [Bool] = []
    private(set) var lengths: ClosedRange<Int> = 1...1
    /// The paths from a first to a last state, each with the characters of its sets.
    private(set) var size: Double = 0

    private struct Part {
        var first: [Int] = []
        var last: [Int] = []
        var isOptional = true
    }

    init(_ node: PlatePatternNode, pattern: String) throws(PlateGrammarError) {
        let whole = try add(node, pattern)
        guard !whole.isOptional, !whole.first.isEmpty else {
            throw PlateGrammarError("pattern '\(pattern)': it admits the empty text")
        }
        first = whole.first
        for index in whole.last { isLast[index] = true }
        measure()
        guard lengths.upperBound <= Self.maximumLength else {
            throw PlateGrammarError("pattern '\(pattern)': it admits more than \(Self.maximumLength) characters")
        }
    }

    private mutating func add(_ node: PlatePatternNode, _ pattern: String) throws(PlateGrammarError) -> Part {
        switch node {
        case .symbols(let set):
            guard symbols.count < Self.maximumStates else {
                throw PlateGrammarError("pattern '\(pattern)': it is too large")
            }
            symbols.append(set)
            followers.append([])
            isLast.append(false)
            let index = symbols.count - 1
            return Part(first: [index], last: [index], isOptional: false)
        case .sequence(let nodes):
            var whole = Part()
            for node in nodes { whole = joined(whole, try add(node, pattern)) }
            return whole
        case .alternatives(let nodes):
            var whole = Part(isOptional: false)
            for node in nodes {
                let part = try add(node, pattern)
                whole.first += part.first
                whole.last += part.last
                whole.isOptional = whole.isOptional || part.isOptional
            }
            return whole
        case .repeated(let node, let times):
            var whole = Part()
            for time in 0..<times.upperBound {
                var part = try add(node, pattern)
                part.isOptional = part.isOptional || time >= times.lowerBound
                whole = joined(whole, part)
            }
            return whole
        }
    }

    private mutating func joined(_ one: Part, _ other: Part) -> Part {
        for index in one.last { followers[index] += other.first }
        return Part(
            first: one.isOptional ? one.first + other.first : one.first,
            last: other.isOptional ? one.last + other.last : other.last,
            isOptional: one.isOptional && other.isOptional)
    }

    /// States follow only later ones, so one pass from the end sees every path.
    private mutating func measure() {
        var shortest = [Int](repeating: .max / 2, count: symbols.count)
        var longest = [Int](repeating: 0, count: symbols.count)
        var ways = [Double](repeating: 0, count: symbols.count)
        for index in symbols.indices.reversed() {
            if isLast[index] { (shortest[index], longest[index], ways[index]) = (1, 1, 1) }
            for next in followers[index] {
                shortest[index] = min(shortest[index], shortest[next] + 1)
                longest[index] = max(longest[index], longest[next] + 1)
                ways[index] += ways[next]
            }
            ways[index] *= Double(symbols[index].count)
        }
        let low = first.map { shortest[$0] }.min() ?? 1
        lengths = low...max(low, first.map { longest[$0] }.max() ?? 1)
        size = first.reduce(0) { $0 + ways[$1] }
    }

    func accepts(_ plate: [Int]) -> Bool {
        guard lengths.contains(plate.count) else { return false }
        var states = first
        for (place, symbol) in plate.enumerated() {
            states = states.filter { symbols[$0].contains(symbol) }
            if place == plate.count - 1 { return states.contains { isLast[$0] } }
            states = Array(Set(states.flatMap { followers[$0] }))
        }
        return false
    }

    /// What may stand at one place of a reading.
    struct Place {
        /// Index of the character with its weight.
        var choices: [(symbol: Int, weight: Float)]
        /// The weight of nothing being there; 0 where every reader saw something.
        var gap: Float
    }

    /// The plate with the greatest product of weights that takes one choice, or nothing, at every place (A. Viterbi,
    /// 1967); `nil` when none is accepted.
    func best(of places: [Place]) -> (symbols: [Int], weight: Float)? {
        let start = symbols.count
        var weights = [Float](repeating: 0, count: symbols.count + 1)
        weights[start] = 1
        var steps: [[Step]] = []
        for place in places {
            var next = [Float](repeating: 0, count: symbols.count + 1)
            var step = [Step](repeating: Step(), count: symbols.count + 1)
            for state in weights.indices where weights[state] > 0 {
                if place.gap > 0, weights[state] * place.gap > next[state] {
                    next[state] = weights[state] * place.gap
                    step[state] = Step(from: state, symbol: nil)
                }
                for target in state == start ? first : followers[state] {
                    for choice in place.choices where symbols[target].contains(choice.symbol) {
                        let weight = weights[state] * choice.weight
                        guard weight > next[target] else { continue }
                        next[target] = weight
                        step[target] = Step(from: state, symbol: choice.symbol)
                    }
                }
            }
            weights = next
            steps.append(step)
        }
        guard let end = isLast.indices.filter({ isLast[$0] }).max(by: { weights[$0] < weights[$1] }),
            weights[end] > 0
        else { return nil }
        return (path(to: end, steps), weights[end])
    }

    private struct Step {
        var from = 0
        var symbol: Int?
    }

    private func path(to end: Int, _ steps: [[Step]]) -> [Int] {
        var state = end
        var plate: [Int] = []
        for step in steps.reversed() {
            if let symbol = step[state].symbol { plate.append(symbol) }
            state = step[state].from
        }
        return plate.reversed()
    }
}
