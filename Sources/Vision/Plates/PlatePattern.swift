/// The form of a country's plates, in a small notation:
///
/// | notation | meaning |
/// |---|---|
/// | `A`, `9`, `*` | a letter A–Z, a digit, either |
/// | another letter or digit | itself (`A` and `9` themselves are `[A]` and `[9]`) |
/// | `[BCD-F2]` | one of these, with ranges |
/// | `(AB\|CD)` | one of these sequences |
/// | `x?`, `x{3}`, `x{2,4}` | the character, set or group before it 0–1 times, 3 times, 2–4 times |
///
/// Patterns are finite: nothing repeats without bound, and none admits the empty text.
public struct PlatePattern: Hashable, Sendable {
    public let text: String
    let automaton: PlateAutomaton

    /// - Throws: ``PlateGrammarError`` that names the place of the mistake.
    public init(_ text: String) throws(PlateGrammarError) {
        self.text = text
        var parser = PlatePatternParser(text)
        let node = try parser.parse()
        automaton = try PlateAutomaton(node, pattern: text)
    }

    /// Fewest and most characters of a plate.
    public var lengths: ClosedRange<Int> { automaton.lengths }

    /// How many plates have this form; more than that where the pattern admits a plate in several ways.
    public var size: Double { automaton.size }

    /// - Parameter plate: normalised (``PlateText/normalized(_:)``); with other characters in it none matches.
    public func matches(_ plate: String) -> Bool {
        var symbols: [Int] = []
        for character in plate {
            guard symbols.count <= lengths.upperBound, let index = PlateSymbolSet.index(of: character) else {
                return false
            }
            symbols.append(index)
        }
        return automaton.accepts(symbols)
    }
}

/// A parsed pattern.
indirect enum PlatePatternNode {
    case symbols(PlateSymbolSet)
    case sequence([PlatePatternNode])
    case alternatives([PlatePatternNode])
    case repeated(PlatePatternNode, ClosedRange<Int>)
}

/// Recursive descent over the notation of ``PlatePattern``.
private struct PlatePatternParser {
    /// No plate is longer, and no pattern nests deeper.
    private static let maximumRepeats = 12
    private static let maximumDepth = 8

    private let text: String
    private let characters: [Character]
    private var place = 0
    private var depth = 0

    init(_ text: String) {
        self.text = text
        characters = Array(text)
    }

    private var next: Character? { place < characters.count ? characters[place] : nil }

    private func failure(_ reason: String) -> PlateGrammarError {
        PlateGrammarError("pattern '\(text)', character \(place + 1): \(reason)")
    }

    mutating func parse() throws(PlateGrammarError) -> PlatePatternNode {
        let node = try sequence()
        guard next == nil else { throw failure("nothing is open that '\(characters[place])' could end") }
        return node
    }

    private mutating func sequence() throws(PlateGrammarError) -> PlatePatternNode {
        var nodes: [PlatePatternNode] = []
        while let character = next, character != "|", character != ")" { nodes.append(try element()) }
        return .sequence(nodes)
    }

    private mutating func element() throws(PlateGrammarError) -> PlatePatternNode {
        let node: PlatePatternNode
        switch next {
        case "(": node = try group()
        case "[": node = try set()
        default: node = .symbols(try single())
        }
        switch next {
        case "?":
            place += 1
            return .repeated(node, 0...1)
        case "{": return .repeated(node, try bounds())
        default: return node
        }
    }

    private mutating func single() throws(PlateGrammarError) -> PlateSymbolSet {
        guard let character = next else { throw failure("a character is missing") }
        var symbols = PlateSymbolSet()
        switch character {
        case "A": symbols = .letters
        case "9": symbols = .digits
        case "*":
            symbols = .letters
            symbols.formUnion(.digits)
        default:
            guard PlateSymbolSet.index(of: character) != nil else {
                throw failure("'\(character)' is neither A–Z nor 0–9 nor part of the notation")
            }
            symbols.insert(character)
        }
        place += 1
        return symbols
    }

    private mutating func group() throws(PlateGrammarError) -> PlatePatternNode {
        guard depth < Self.maximumDepth else { throw failure("groups are nested too deep") }
        depth += 1
        defer { depth -= 1 }
        place += 1
        var alternatives = [try sequence()]
        while next == "|" {
            place += 1
            alternatives.append(try sequence())
        }
        guard next == ")" else { throw failure("the group is not closed") }
        place += 1
        return .alternatives(alternatives)
    }

    private mutating func set() throws(PlateGrammarError) -> PlatePatternNode {
        place += 1
        var symbols = PlateSymbolSet()
        while let first = next, first != "]" {
            place += 1
            var last = first
            if next == "-" {
                place += 1
                guard let end = next else { break }
                last = end
                place += 1
            }
            guard let low = PlateSymbolSet.index(of: first), let high = PlateSymbolSet.index(of: last), low <= high,
                (low < 10) == (high < 10)
            else { throw failure("'\(first)' to '\(last)' is no range of letters or of digits") }
            symbols.formUnion(PlateSymbolSet(first...last))
        }
        guard next == "]" else { throw failure("the set is not closed") }
        guard symbols.count > 0 else { throw failure("the set is empty") }
        place += 1
        return .symbols(symbols)
    }

    private mutating func bounds() throws(PlateGrammarError) -> ClosedRange<Int> {
        place += 1
        let low = try number()
        var high = low
        if next == "," {
            place += 1
            high = try number()
        }
        guard next == "}" else { throw failure("the repetition is not closed") }
        guard low <= high, high >= 1, high <= Self.maximumRepeats else {
            throw failure("a repetition is at most \(Self.maximumRepeats) times, the smaller number first")
        }
        place += 1
        return low...high
    }

    private mutating func number() throws(PlateGrammarError) -> Int {
        var value = 0
        let start = place
        while let digit = next?.wholeNumberValue, next?.isASCII == true, value < 100 {
            value = value * 10 + digit
            place += 1
        }
        guard place > start else { throw failure("a number is missing") }
        return value
    }
}
