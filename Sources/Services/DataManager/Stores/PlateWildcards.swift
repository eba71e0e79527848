import AIBoxAPI
import Vision

/// A plate number in which `*` stands for any number of characters and `?` for one: `51F*`, `*51F*`, `51F-1?3.45`.
/// Everything else is compared by its letters and digits (`PlateText.normalized`).
struct PlateWildcards: Sendable, Equatable {
    static let lengthLimit = 64

    enum Part: Sendable, Equatable {
        case text(String)
        case one
        case many
    }

    let parts: [Part]

    /// - Throws: 422 naming `plate` when nothing is left to search for.
    init(_ pattern: String) throws(Problem) {
        var (parts, run): ([Part], String) = ([], "")
        func flush() {
            let text = PlateText.normalized(run)
            if !text.isEmpty { parts.append(.text(text)) }
            run = ""
        }
        for character in pattern.prefix(Self.lengthLimit) {
            switch character {
            case "*":
                flush()
                if parts.last != .many { parts.append(.many) }
            case "?":
                flush()
                parts.append(.one)
            default: run.append(character)
            }
        }
        flush()
        let hasText = parts.contains { if case .text = $0 { true } else { false } }
        guard hasText else { throw .invalid("plate", "must have a letter or a digit") }
        self.parts = parts
    }

    var isExact: Bool { exactText != nil }

    /// The text, when there is no wildcard.
    var exactText: String? {
        guard parts.count == 1, case .text(let text) = parts[0] else { return nil }
        return text
    }

    /// The text that the plate begins with, when the pattern does not begin with a wildcard.
    var prefix: String? {
        guard case .text(let text) = parts[0] else { return nil }
        return text
    }

    /// The longest text in it; the first of equally long ones.
    var longestText: String {
        parts.reduce("") { longest, part in
            guard case .text(let text) = part, text.count > longest.count else { return longest }
            return text
        }
    }

    /// As SQLite's GLOB and, with `%` and `_`, PostgreSQL's LIKE take it. Letters and digits have no meaning in either.
    var glob: String { written(many: "*", one: "?") }
    var like: String { written(many: "%", one: "_") }

    private func written(many: String, one: String) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .one: one
            case .many: many
            }
        }.joined()
    }

    /// Whether a normalised plate is one that is searched for. Time: length of the plate times that of the pattern.
    func matches(_ plate: String) -> Bool {
        var pattern: [Part?] = []
        for part in parts {
            switch part {
            case .text(let text): pattern += text.map { .text(String($0)) }
            default: pattern.append(part)
            }
        }
        // The positions of the pattern that the plate may have reached, as a nondeterministic automaton.
        var reached = closure([0], pattern)
        for character in plate {
            let next = reached.compactMap { position -> Int? in
                guard position < pattern.count, let part = pattern[position] else { return nil }
                switch part {
                case .many: return position
                case .one: return position + 1
                case .text(let text): return text == String(character) ? position + 1 : nil
                }
            }
            reached = closure(next, pattern)
        }
        return reached.contains(pattern.count)
    }

    private func closure(_ positions: [Int], _ pattern: [Part?]) -> Set<Int> {
        var result: Set<Int> = []
        for var position in positions {
            result.insert(position)
            while position < pattern.count, pattern[position] == .many {
                position += 1
                result.insert(position)
            }
        }
        return result
    }
}
