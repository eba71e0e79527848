/// The grammars of several countries: which of them a plate fits, and which of the texts that readers saw is likely.
public struct PlateGrammars: Hashable, Sendable {
    /// In the order in which they were given.
    public let grammars: [PlateGrammar]

    /// What a text that fits no grammar keeps of its weight: grammars reorder texts that readers hold for about
    /// equally likely, and no more. Personal plates fit none and are still plates.
    private static let unmatched: Float = 0.5
    /// The same for a text that fits, but not the country that the caller named.
    private static let otherCountry: Float = 0.7
    /// What a letter taken for the digit that it looks like, or the other way round, keeps of the reader's weight.
    private static let swap: Float = 0.2
    /// A country is named when it is at least so much likelier than all others together.
    private static let countryProbability = 0.6

    /// - Throws: ``PlateGrammarError`` when two grammars are of one country.
    public init(_ grammars: [PlateGrammar]) throws(PlateGrammarError) {
        var seen: Set<String> = []
        for grammar in grammars where !seen.insert(grammar.country).inserted {
            throw PlateGrammarError("country \(grammar.country): it has two grammars")
        }
        self.grammars = grammars
    }

    /// The grammar of a country, by its ISO 3166-1 code.
    public subscript(country: String) -> PlateGrammar? { grammars.first { $0.country == country } }

    /// Whether the normalised plate fits any country.
    public func matches(_ plate: String) -> Bool { grammars.contains { $0.matches(plate) } }

    /// The country of a normalised plate: the caller's when the plate fits it, else by Bayes' rule, by which a form that
    /// admits fewer plates makes each of them likelier. `nil` when the plate fits none, or several about equally.
    /// - Parameter hint: the country in which the picture was taken, as far as the caller knows.
    public func country(of plate: String, hint: String? = nil) -> String? {
        if let hint, let grammar = self[hint], grammar.matches(plate) { return hint }
        let likelihoods = grammars.compactMap { grammar -> (country: String, value: Double)? in
            let sizes = grammar.forms.filter { $0.pattern.matches(plate) }.map(\.pattern.size)
            guard let size = sizes.min(), size > 0 else { return nil }
            return (grammar.country, 1 / size)
        }
        let total = likelihoods.reduce(0) { $0 + $1.value }
        guard let best = likelihoods.max(by: { $0.value < $1.value }) else { return nil }
        return best.value >= Self.countryProbability * total ? best.country : nil
    }

    /// The candidates of a reading: the combinations that its readers hold for likeliest, and for each form of a plate
    /// the likeliest that has this form, all weighted by whether they fit. A form is met with what readers saw only,
    /// as best or as further choice, and with letters and digits that look like it, which count for less. The reading's
    /// own text is always among them.
    /// - Parameters:
    ///   - hint: the caller's country.
    ///   - limit: at most so many, at least the reading's own text.
    public func candidates(of reading: PlateReading, hint: String? = nil, limit: Int = 5) -> [PlateReading.Candidate] {
        guard !reading.text.isEmpty else { return [] }
        var weights: [String: Float] = [reading.text: product(of: reading)]
        // A reading's candidates are normalised, so they count relative to its own text.
        if let own = reading.candidates.first(where: { $0.text == reading.text }), own.probability > 0 {
            for candidate in reading.candidates {
                weights[candidate.text] = candidate.probability / own.probability * product(of: reading)
            }
        }
        let places = reading.places.map(Self.place)
        for grammar in grammars {
            for form in grammar.forms where form.pattern.lengths.lowerBound <= places.count {
                guard let best = form.pattern.automaton.best(of: places) else { continue }
                let text = String(best.symbols.map { PlateSymbolSet.all[$0] })
                weights[text] = max(weights[text] ?? 0, best.weight)
            }
        }
        return ranked(weights, of: reading, hint: hint, limit: limit)
    }

    private func product(of reading: PlateReading) -> Float {
        reading.places.reduce(1) { $0 * max($1.first?.probability ?? 1, .leastNormalMagnitude) }
    }

    private func ranked(
        _ weights: [String: Float], of reading: PlateReading, hint: String?, limit: Int
    ) -> [PlateReading.Candidate] {
        var weighted: [(text: String, weight: Float)] = []
        for (text, weight) in weights {
            let weight = weight * prior(of: text, hint: hint)
            if weight > 0 && weight.isFinite || text == reading.text { weighted.append((text, weight)) }
        }
        weighted.sort { $0.weight == $1.weight ? $0.text < $1.text : $0.weight > $1.weight }
        var kept = Array(weighted.prefix(max(1, limit)))
        if !kept.contains(where: { $0.text == reading.text }),
            let own = weighted.first(where: { $0.text == reading.text })
        {
            kept[kept.count - 1] = own
        }
        let total = kept.reduce(0) { $0 + $1.weight }
        return kept.map { candidate in
            PlateReading.Candidate(
                text: candidate.text, probability: total > 0 ? candidate.weight / total : 0,
                countryCode: country(of: candidate.text, hint: hint))
        }
    }

    private func prior(of text: String, hint: String?) -> Float {
        let expected = hint.flatMap { self[$0] }
        if let expected, expected.matches(text) { return 1 }
        guard matches(text) else { return Self.unmatched }
        return expected == nil ? 1 : Self.otherCountry
    }

    /// What readers saw at a place, and the letters and digits that look like it.
    private static func place(_ choices: [TextSlot.Choice]) -> PlateAutomaton.Place {
        var weights = [Float](repeating: 0, count: PlateSymbolSet.all.count)
        var gap: Float = 0
        for choice in choices {
            guard let character = choice.character else {
                gap = choice.probability
                continue
            }
            guard let symbol = PlateSymbolSet.index(of: character) else { continue }
            weights[symbol] = max(weights[symbol], choice.probability)
            for other in PlateConfusions.swaps[symbol] {
                let weight = choice.probability * other.likeness * swap
                weights[other.symbol] = max(weights[other.symbol], weight)
            }
        }
        let choices = weights.indices.filter { weights[$0] > 0 }.map { (symbol: $0, weight: weights[$0]) }
        return PlateAutomaton.Place(choices: choices, gap: gap)
    }
}
