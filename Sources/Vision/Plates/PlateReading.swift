/// What one or several readers made of one plate.
public struct PlateReading: Hashable, Sendable {
    public struct Character: Hashable, Sendable {
        public let character: Swift.Character
        /// 0–1.
        public let confidence: Float

        public init(character: Swift.Character, confidence: Float) {
            self.character = character
            self.confidence = confidence
        }
    }

    public struct Candidate: Hashable, Sendable {
        public let text: String
        /// 0–1; the candidates of a reading sum to 1.
        public let probability: Float
        /// ISO 3166-1, the country whose grammar fits best; `nil` when none or several do.
        public let countryCode: String?

        public init(text: String, probability: Float, countryCode: String? = nil) {
            self.text = text
            self.probability = probability
            self.countryCode = countryCode
        }
    }

    public let text: String
    /// 0–1.
    public let confidence: Float
    /// One for each character of `text`.
    public let characters: [Character]
    /// The most probable texts, best first; empty when nothing was read.
    public let candidates: [Candidate]
    /// Everything that was seen, place by place, each place's choices best first (none is empty). A place whose best
    /// choice is no character is not part of `text`.
    public let places: [[TextSlot.Choice]]

    public init(text: String, confidence: Float, characters: [Character], candidates: [Candidate]) {
        self.init(
            text: text, confidence: confidence, characters: characters, candidates: candidates,
            places: characters.map { [.init(character: $0.character, probability: $0.confidence)] })
    }

    private init(
        text: String, confidence: Float, characters: [Character], candidates: [Candidate],
        places: [[TextSlot.Choice]]
    ) {
        self.text = text
        self.confidence = confidence
        self.characters = characters
        self.candidates = candidates
        self.places = places
    }

    /// The reading of slots that are independent of one another; confidence is the mean over all slots.
    public init(slots: [TextSlot], candidateLimit: Int) {
        let sum = slots.reduce(0) { $0 + $1.best.probability }
        self.init(
            places: slots.map { [$0.best] + [$0.runnerUp].compactMap { $0 } },
            confidence: slots.isEmpty ? 0 : sum / Float(slots.count), candidateLimit: candidateLimit)
    }

    /// - Parameter places: each with at least one choice, the best first.
    init(places: [[TextSlot.Choice]], confidence: Float, candidateLimit: Int) {
        let characters = places.compactMap { choices in
            choices.first.flatMap { best in
                best.character.map { Character(character: $0, confidence: best.probability) }
            }
        }
        self.init(
            text: String(characters.map(\.character)), confidence: confidence, characters: characters,
            candidates: Self.candidates(places, limit: candidateLimit), places: places)
    }

    /// One reading of several lines, one after the other; `nil` when none has text. Confidence is the lowest of the
    /// lines': a plate is read as well as its worst line.
    public init?(joining lines: [PlateReading], candidateLimit: Int = 5) {
        let read = lines.filter { !$0.text.isEmpty }
        guard let lowest = read.map(\.confidence).min() else { return nil }
        self.init(places: read.flatMap(\.places), confidence: lowest, candidateLimit: candidateLimit)
    }

    /// The same reading with other candidates.
    public func with(candidates: [Candidate]) -> PlateReading {
        PlateReading(
            text: text, confidence: confidence, characters: characters, candidates: candidates, places: places)
    }

    /// The `limit` combinations of choices with the greatest products, normalised. Place by place only the best `limit`
    /// beginnings are kept, which loses none: a beginning outside them has `limit` better ones that go on alike. Of
    /// combinations that spell the same text the best stands for all, so that the first candidate is the text itself.
    private static func candidates(_ places: [[TextSlot.Choice]], limit: Int) -> [Candidate] {
        var beginnings: [(text: String, product: Double)] = [("", 1)]
        for choices in places {
            let longer = beginnings.flatMap { beginning in
                choices.map { choice in
                    (
                        text: beginning.text + (choice.character.map(String.init) ?? ""),
                        product: beginning.product * Double(choice.probability)
                    )
                }
            }
            var seen: Set<String> = []
            let distinct = longer.sorted { $0.product > $1.product }.filter { seen.insert($0.text).inserted }
            beginnings = Array(distinct.prefix(max(0, limit)))
        }
        let readable = beginnings.filter { !$0.text.isEmpty && $0.product > 0 }
        let total = readable.reduce(0) { $0 + $1.product }
        return readable.map { Candidate(text: $0.text, probability: Float($0.product / total)) }
    }
}
