/// Text read into fixed slots (fast-plate-ocr's CCT): one output [1, slots, alphabet], each slot a distribution over
/// the alphabet; the padding character stands for an unused slot.
public struct SlotTextDecoder: Hashable, Sendable {
    public let slotCount: Int
    /// In the order of the model's classes.
    public let alphabet: [Character]
    public let padding: Character
    /// At most so many candidates are given in a reading.
    public let candidateLimit: Int

    public init(slotCount: Int, alphabet: String, padding: Character = "_", candidateLimit: Int = 5) {
        self.slotCount = slotCount
        self.alphabet = Array(alphabet)
        self.padding = padding
        self.candidateLimit = candidateLimit
    }

    /// The text; its confidence is the mean of all slots' best probabilities, unused slots included.
    /// - Throws: ``DecodeError`` when the output is not of the shape above.
    public func reading(in outputs: [TensorView]) throws(DecodeError) -> PlateReading {
        guard (1...256).contains(slotCount), !alphabet.isEmpty else {
            throw DecodeError("Text of \(slotCount) slots over \(alphabet.count) characters cannot be decoded.")
        }
        let values = try outputs.single().values(shaped: [1, slotCount, alphabet.count])
        let slots = (0..<slotCount).map { slot(values + $0 * alphabet.count) }
        return PlateReading(slots: slots, candidateLimit: candidateLimit)
    }

    /// The best character and the runner-up; a slot with no finite value counts as unused with probability 0.
    private func slot(_ probabilities: UnsafePointer<Float>) -> TextSlot {
        guard let best = probabilities.best(of: alphabet.count, step: 1, atLeast: -.infinity) else {
            return TextSlot(best: .init(character: nil, probability: 0), runnerUp: nil)
        }
        let before = probabilities.best(of: best.index, step: 1, atLeast: -.infinity)
        let after = (probabilities + best.index + 1)
            .best(of: alphabet.count - best.index - 1, step: 1, atLeast: -.infinity)
            .map { (index: $0.index + best.index + 1, score: $0.score) }
        let runnerUp = [before, after].compactMap { $0 }.max { $0.score < $1.score }
        return TextSlot(
            best: choice(best.index, best.score), runnerUp: runnerUp.map { choice($0.index, $0.score) })
    }

    private func choice(_ index: Int, _ probability: Float) -> TextSlot.Choice {
        let character = alphabet[index]
        return .init(character: character == padding ? nil : character, probability: min(max(probability, 0), 1))
    }
}
