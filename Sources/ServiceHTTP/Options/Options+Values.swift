import AIBoxAPI

/// Each of these answers `nil` for an option that was not given, and for one whose value is reported as wrong.
extension Options {
    /// A decimal number; `0,5`, `NaN` and the empty text are none.
    public mutating func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        guard let text = values[name] else { return nil }
        guard text.isDecimalNumber, let value = Double(text), range.contains(value) else {
            report(name, "must be a number from \(range.lowerBound.short) to \(range.upperBound.short)")
            return nil
        }
        return value
    }

    public mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = values[name] else { return nil }
        guard text.utf8.allSatisfy(\.isDigit), let value = Int(text), range.contains(value) else {
            report(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    /// `true` or `false`, also written `1` or `0`.
    public mutating func flag(_ name: String) -> Bool? {
        switch values[name] {
        case nil: return nil
        case "true", "1": return true
        case "false", "0": return false
        default:
            report(name, "must be true or false")
            return nil
        }
    }

    /// One of the type's cases by raw value.
    public mutating func choice<Choice>(_ name: String, of type: Choice.Type = Choice.self) -> Choice?
    where Choice: CaseIterable & RawRepresentable<String> {
        guard let text = values[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            report(name, "must be one of \(Self.names(of: type))")
            return nil
        }
        return choice
    }

    /// Several of the type's cases with commas between, each once, in the order of the type.
    public mutating func choices<Choice>(_ name: String, of type: Choice.Type = Choice.self) -> [Choice]?
    where Choice: CaseIterable & RawRepresentable<String> & Hashable {
        guard let text = values[name] else { return nil }
        let items = text.split(separator: ",", omittingEmptySubsequences: false).map { Choice(rawValue: String($0)) }
        let chosen = Set(items.compactMap { $0 })
        guard !items.contains(nil), chosen.count == items.count else {
            report(name, "must be names with commas between, each once, of \(Self.names(of: type))")
            return nil
        }
        return Choice.allCases.filter { chosen.contains($0) }
    }

    /// 1 to `limit` characters, none of them a control character.
    public mutating func text(_ name: String, limit: Int = 128) -> String? {
        guard let text = values[name] else { return nil }
        guard !text.isEmpty, text.unicodeScalars.count <= limit else {
            report(name, "must have 1 to \(limit) characters")
            return nil
        }
        guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            report(name, "must not contain control characters")
            return nil
        }
        return text
    }

    public func object(_ name: String) -> [String: JSONValue]? { givenObjects[name] }

    public mutating func identifier(_ name: String) -> UUIDv7? {
        guard let text = values[name] else { return nil }
        guard let value = UUIDv7(text) else {
            report(name, "must be an identifier (UUID version 7)")
            return nil
        }
        return value
    }

    /// RFC 3339. A plus sign that a form has turned into a space is understood.
    public mutating func timestamp(_ name: String) -> Timestamp? {
        guard let text = values[name] else { return nil }
        guard let value = Timestamp(text.repairedOffset) else {
            report(name, "must be a time like 2026-11-25T10:51:42.123Z")
            return nil
        }
        return value
    }

    /// As `timestamp`, but an impossible moment of the right form, which cameras send whose clock is not set
    /// (`0000:00:00 00:00:00`), counts as not given.
    public mutating func cameraTime(_ name: String) -> Timestamp? {
        guard let text = values[name], Timestamp(text.repairedOffset) != nil || !text.hasShapeOfTime else {
            return nil
        }
        return timestamp(name)
    }

    /// Whether a value was given at all, right or wrong.
    public func isGiven(_ name: String) -> Bool { values[name] != nil || givenObjects[name] != nil }

    private static func names<Choice>(of type: Choice.Type) -> String
    where Choice: CaseIterable & RawRepresentable<String> {
        type.allCases.map(\.rawValue).joined(separator: ", ")
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (48...57).contains(self) }
}

extension Double {
    fileprivate var short: String { self == rounded() && magnitude < 1e15 ? String(Int(self)) : String(self) }
}

extension String {
    /// `[+-] digits [. digits] [e [+-] digits]`, with a digit on one side of the point at least. Swift's own parser
    /// also takes hexadecimal, infinities and NaN.
    fileprivate var isDecimalNumber: Bool {
        var rest = utf8[...]
        func skipSign() { if let first = rest.first, first == 43 || first == 45 { rest.removeFirst() } }
        func skipDigits() -> Int {
            let end = rest.firstIndex { !$0.isDigit } ?? rest.endIndex
            defer { rest = rest[end...] }
            return rest.distance(from: rest.startIndex, to: end)
        }
        skipSign()
        var digits = skipDigits()
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            digits += skipDigits()
        }
        guard digits > 0 else { return false }
        guard let exponent = rest.first else { return true }
        guard exponent == UInt8(ascii: "e") || exponent == UInt8(ascii: "E") else { return false }
        rest.removeFirst()
        skipSign()
        return skipDigits() > 0 && rest.isEmpty
    }

    fileprivate var repairedOffset: String {
        guard utf8.count >= 25, let space = lastIndex(of: " "), utf8.distance(from: space, to: endIndex) == 6 else {
            return self
        }
        return replacingCharacters(at: space, with: "+")
    }

    private func replacingCharacters(at index: Index, with character: Character) -> String {
        String(self[..<index]) + String(character) + String(self[self.index(after: index)...])
    }

    /// `0000:00:00 00:00:00` and its likes.
    fileprivate var hasShapeOfTime: Bool {
        let pattern = Array("dddd-dd-ddTdd:dd:dd".utf8)
        let bytes = Array(utf8.prefix(pattern.count))
        return bytes.count == pattern.count
            && zip(bytes, pattern).allSatisfy { byte, place in
                switch place {
                case UInt8(ascii: "d"): byte.isDigit
                case UInt8(ascii: "T"): byte == place || byte == UInt8(ascii: "t") || byte == UInt8(ascii: " ")
                case UInt8(ascii: "-"): byte == place || byte == UInt8(ascii: ":")
                default: byte == place
                }
            }
    }
}
