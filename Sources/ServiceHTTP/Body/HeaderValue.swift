/// A structured header like `form-data; name="image"; filename=x`: a value with parameters.
public struct HeaderValue: Sendable {
    /// What precedes the first semicolon, in lower case and without spaces around it.
    public let value: String
    private let parameters: [(name: String, value: String)]

    public init(_ text: String) {
        var rest = Substring(text)
        value = Self.take(&rest, until: ";").trimmed.lowercased()
        var parameters: [(String, String)] = []
        while !rest.isEmpty {
            rest.removeFirst()
            let name = Self.take(&rest, until: "=", or: ";").trimmed.lowercased()
            guard rest.first == "=" else { continue }
            rest.removeFirst()
            parameters.append((name, Self.parameterValue(&rest)))
        }
        self.parameters = parameters
    }

    /// The first parameter of that name; names are matched in any case.
    public subscript(name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    private static func parameterValue(_ rest: inout Substring) -> String {
        rest = rest.drop { $0 == " " || $0 == "\t" }
        guard rest.first == "\"" else { return String(take(&rest, until: ";").trimmed) }
        rest.removeFirst()
        var value = ""
        while let character = rest.popFirst(), character != "\"" {
            // A backslash escapes only what must be escaped: old browsers send whole Windows paths as file names.
            if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                value.append(next)
                rest.removeFirst()
            } else {
                value.append(character)
            }
        }
        _ = take(&rest, until: ";")
        return value
    }

    /// Removes and returns what precedes a delimiter, which stays.
    private static func take(_ text: inout Substring, until first: Character, or second: Character? = nil) -> Substring
    {
        let end = text.firstIndex { $0 == first || $0 == second } ?? text.endIndex
        defer { text = text[end...] }
        return text[..<end]
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
