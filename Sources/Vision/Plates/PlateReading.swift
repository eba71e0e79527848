/// What a reader made of one plate.
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

        public init(text: String, probability: Float) {
            self.text = text
            self.probability = probability
        }
    }

    public let text: String
    /// 0–1.
    public let confidence: Float
    /// One for each character of `text`.
    public let characters: [Character]
    /// The most probable texts, best first; empty when nothing was read.
    public let candidates: [Candidate]

    public init(text: String, confidence: Float, characters: [Character], candidates: [Candidate]) {
        self.text = text
        self.confidence = confidence
        self.characters = characters
        self.candidates = candidates
    }

    /// The reading of slots that are independent of one another; confidence is the mean over all slots.
    public init(slots: [TextSlot], candidateLimit: Int) {
        let characters = slots.compactMap { slot in
            slot.best.character.map { Character(character: $0, confidence: slot.best.probability) }
        }
        let sum = slots.reduce(0) { $0 + $1.best.probability }
        self.init(
            text: String(characters.map(\.character)), confidence: slots.isEmpty ? 0 : sum / Float(slots.count),
            characters: characters, candidates: Self.candidates(slots, limit: candidateLimit))
    }

    /// The `limit` combinations of best and runner-up with the greatest products, normalised. Slot by slot only the best
    /// `limit` beginnings are kept, which loses none: a beginning outside them has `limit` better ones that go on alike.
    /// Of combinations that spell the same text the best stands for all, so that the first candidate is the text itself.
    private static func candidates(_ slots: [TextSlot], limit: Int) -> [Candidate] {
        var beginnings: [(text: String, product: Double)] = [("", 1)]
        for slot in slots {
            let longer = beginnings.flatMap { beginning in
                [slot.best, slot.runnerUp].compactMap { $0 }.map { choice in
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
