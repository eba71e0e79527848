/// The forms of one country's plates: data (`models/plates/*.json`), used to order what readers saw, never to invent.
public struct PlateGrammar: Hashable, Sendable {
    /// Plates of one kind or time.
    public struct Form: Hashable, Sendable {
        public let name: String
        public let pattern: PlatePattern
        /// Plates of this form, and texts that are none of it; held when a grammar is made.
        public let examples: [String]
        public let counterExamples: [String]

        /// - Throws: ``PlateGrammarError`` when an example does not match or a counter-example does.
        public init(
            name: String, pattern: PlatePattern, examples: [String], counterExamples: [String]
        ) throws(PlateGrammarError) {
            guard !examples.isEmpty else { throw PlateGrammarError("form '\(name)': it has no examples") }
            for example in examples where !pattern.matches(example) {
                throw PlateGrammarError("form '\(name)': '\(pattern.text)' does not match its example '\(example)'")
            }
            for example in counterExamples where pattern.matches(example) {
                throw PlateGrammarError(
                    "form '\(name)': '\(pattern.text)' matches its counter-example '\(example)'")
            }
            self.name = name
            self.pattern = pattern
            self.examples = examples
            self.counterExamples = counterExamples
        }
    }

    /// ISO 3166-1, two capital letters.
    public let country: String
    public let name: String
    /// Where the forms are described.
    public let source: String
    public let forms: [Form]

    /// - Throws: ``PlateGrammarError`` when the country is no code or there are no forms.
    public init(country: String, name: String, source: String, forms: [Form]) throws(PlateGrammarError) {
        guard country.count == 2, country.allSatisfy({ ("A"..."Z").contains($0) }) else {
            throw PlateGrammarError("country '\(country)' is no code of two capital letters")
        }
        guard !forms.isEmpty else { throw PlateGrammarError("country \(country): it has no forms") }
        self.country = country
        self.name = name
        self.source = source
        self.forms = forms
    }

    public func matches(_ plate: String) -> Bool { forms.contains { $0.pattern.matches(plate) } }
}

extension PlateGrammar: Decodable {
    private enum CodingKeys: CodingKey { case country, name, source, forms }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            country: values.decode(String.self, forKey: .country), name: values.decode(String.self, forKey: .name),
            source: values.decode(String.self, forKey: .source),
            forms: values.decode([Form].self, forKey: .forms))
    }
}

extension PlateGrammar.Form: Decodable {
    private enum CodingKeys: String, CodingKey {
        case name, pattern, examples
        case counterExamples = "counter_examples"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            name: values.decode(String.self, forKey: .name),
            pattern: PlatePattern(values.decode(String.self, forKey: .pattern)),
            examples: values.decode([String].self, forKey: .examples),
            counterExamples: values.decode([String].self, forKey: .counterExamples))
    }
}
