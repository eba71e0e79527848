/// Text of any length by connectionist temporal classification (A. Graves et al., 2006), read greedily: one output
/// [batch, steps, 1 + alphabet], class 0 the blank; of each step the best class counts, repeats are dropped, then blanks.
/// PaddleOCR's recognisers give probabilities, EasyOCR's CRNN logits.
public struct CTCTextDecoder: Hashable, Sendable {
    /// In the order of the model's classes, the blank left out.
    public let alphabet: [Character]
    /// Only A–Z and 0–9 are kept, after upper-casing.
    public let plateCharactersOnly: Bool
    public let activation: ClassActivation
    /// At most so many candidates are given in a reading.
    public let candidateLimit: Int
    /// What each class stands for in a reading, the blank first.
    private let characters: [Character?]

    public init(
        alphabet: [Character], plateCharactersOnly: Bool = false,
        activation: ClassActivation = .softmaxUnlessDistribution, candidateLimit: Int = 5
    ) {
        self.alphabet = alphabet
        self.plateCharactersOnly = plateCharactersOnly
        self.activation = activation
        self.candidateLimit = candidateLimit
        characters = [nil] + alphabet.map { plateCharactersOnly ? Self.plateCharacter($0) : $0 }
    }

    private static func plateCharacter(_ character: Character) -> Character? {
        let text = PlateText.normalized(String(character))
        return text.count == 1 ? text.first : nil
    }

    /// One reading for each line of the batch. A character's confidence is the probability of the step that began it,
    /// the reading's is their mean; characters that are not kept count in neither.
    /// - Throws: ``DecodeError`` when the output is not of the shape above.
    public func readings(in outputs: [TensorView]) throws(DecodeError) -> [PlateReading] {
        let output = try outputs.single()
        guard output.shape.count == 3, output.shape[0] > 0, output.shape[1] > 0, output.shape[2] == characters.count,
            !alphabet.isEmpty
        else {
            throw DecodeError(
                "Output '\(output.name)' has the shape \(output.shape), expected [batch, steps, \(characters.count)].")
        }
        let (batch, steps) = (output.shape[0], output.shape[1])
        let values = try output.wholeValues()
        return (0..<batch).map { line in
            PlateReading(
                slots: slots(values + line * steps * characters.count, steps: steps), candidateLimit: candidateLimit)
        }
    }

    private func slots(_ values: UnsafePointer<Float>, steps: Int) -> [TextSlot] {
        var slots: [TextSlot] = []
        var last = 0
        for step in 0..<steps {
            let row = values + step * characters.count
            let best = row.best(of: characters.count, step: 1, atLeast: -.infinity)?.index ?? 0
            if best != 0, best != last, characters[best] != nil { slots.append(slot(row, best)) }
            last = best
        }
        return slots
    }

    private func slot(_ row: UnsafePointer<Float>, _ best: Int) -> TextSlot {
        let probability = activation.probability(of: row, count: characters.count)
        let runnerUp = runnerUp(row, to: characters[best]).map { index in
            TextSlot.Choice(character: characters[index], probability: probability(row[index]))
        }
        return TextSlot(
            best: .init(character: characters[best], probability: probability(row[best])), runnerUp: runnerUp)
    }

    /// The best class that stands for something else, be it nothing.
    private func runnerUp(_ row: UnsafePointer<Float>, to character: Character?) -> Int? {
        var found: Int?
        var highest = -Float.infinity
        for index in characters.indices where row[index] > highest && row[index] < .infinity {
            guard characters[index] != character else { continue }
            found = index
            highest = row[index]
        }
        return found
    }
}
