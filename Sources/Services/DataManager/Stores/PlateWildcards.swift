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

    /// Whether a normalised plate is one that is searched for: as far as the last `*` allows, each part is taken where
    /// it comes first. Time: length of the plate times that of the pattern; mostly their sum.
    func matches(_ plate: String) -> Bool {
        let (pattern, text) = (Array(glob.utf8), Array(plate.utf8))
        let (many, one) = (UInt8(ascii: "*"), UInt8(ascii: "?"))
        var (place, position) = (0, 0)
        var retry: (place: Int, position: Int)?
        while position < text.count {
            if place < pattern.count, pattern[place] == many {
                place += 1
                retry = (place, position)
            } else if place < pattern.count, pattern[place] == one || pattern[place] == text[position] {
                (place, position) = (place + 1, position + 1)
            } else if let last = retry {
                (place, position) = (last.place, last.position + 1)
                retry = (place, position)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == many }
    }
}
