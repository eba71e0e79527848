import Testing
import Vision

@Suite struct SlotTextDecoderTests {
    struct SlotFixture: Decodable {
        struct Reading: Decodable {
            let text: String
            let confidence: Float
        }
        let alphabet: String
        let outputs: [DecoderFixture.Output]
        let readings: [Reading]
    }

    private let small = SlotTextDecoder(slotCount: 3, alphabet: "AB_")

    private func read(_ decoder: SlotTextDecoder, _ slots: [[Float]]) throws -> PlateReading {
        let tensor = Tensor(
            name: "text", shape: [1, slots.count, slots[0].count], values: slots.flatMap { $0 })
        return try withViews(of: [tensor]) { try decoder.reading(in: $0) }
    }

    @Test func readsWhatTheReferenceReads() throws {
        let fixture: SlotFixture = try fixture("slot_text")
        let decoder = SlotTextDecoder(slotCount: 9, alphabet: fixture.alphabet)
        let reading = try withViews(of: fixture.outputs.map(Tensor.init)) { try decoder.reading(in: $0) }
        let expected = try #require(fixture.readings.first)
        #expect(reading.text == expected.text)
        #expect(near(reading.confidence, expected.confidence, within: 1e-5))
        #expect(String(reading.characters.map(\.character)) == expected.text)
        #expect(reading.candidates.count == 5)
        #expect(reading.candidates.first?.text == expected.text)
    }

    @Test func paddingIsNoCharacterButCountsInTheConfidence() throws {
        let reading = try read(small, [[0.8, 0.1, 0.1], [0.2, 0.2, 0.6], [0.3, 0.7, 0]])
        #expect(reading.text == "AB")
        #expect(
            reading.characters == [
                .init(character: "A", confidence: 0.8), .init(character: "B", confidence: 0.7),
            ])
        #expect(near(reading.confidence, 0.7, within: 1e-6))
    }

    @Test func candidatesAreTheBestProductsNormalised() throws {
        let reading = try read(small, [[0.6, 0.4, 0], [0.3, 0.7, 0], [0, 0.1, 0.9]])
        // The products: AB .378, BB .252, AA .162, BA .108, ABB .042 …; the five best sum to .942.
        #expect(reading.candidates.map(\.text) == ["AB", "BB", "AA", "BA", "ABB"])
        let expected: [Float] = [0.378, 0.252, 0.162, 0.108, 0.042].map { $0 / 0.942 }
        for (candidate, probability) in zip(reading.candidates, expected) {
            #expect(near(candidate.probability, probability, within: 1e-5))
        }
    }

    @Test(arguments: 0..<20)
    func candidatesEqualTheBruteForce(_ seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        let slots = (0..<6).map { _ in (0..<3).map { _ in Float.random(in: 0.01...1, using: &random) } }
        let decoder = SlotTextDecoder(slotCount: 6, alphabet: "ABC", candidateLimit: 4)
        let reading = try read(decoder, slots)
        var all: [(text: String, product: Double)] = [("", 1)]
        for slot in slots {
            let top = zip("ABC", slot).sorted { $0.1 > $1.1 }.prefix(2)
            all = all.flatMap { one in top.map { (one.text + String($0.0), one.product * Double($0.1)) } }
        }
        let best = all.sorted { $0.product > $1.product }.prefix(4)
        #expect(reading.candidates.map(\.text) == best.map(\.text))
        #expect(near(reading.candidates.reduce(0) { $0 + $1.probability }, 1, within: 1e-5))
        #expect(reading.candidates.first?.text == reading.text)
    }

    @Test func combinationsThatSpellTheSameAreOneCandidate() throws {
        let reading = try read(small, [[0.6, 0, 0.4], [0.55, 0, 0.45], [0, 0, 1]])
        #expect(reading.text == "AA")
        #expect(reading.candidates.map(\.text) == ["AA", "A"])
    }

    @Test func anEmptyPlateReadsAsNothing() throws {
        let reading = try read(small, Array(repeating: [0, 0, 1], count: 3))
        #expect(reading.text.isEmpty && reading.characters.isEmpty && reading.candidates.isEmpty)
        #expect(reading.confidence == 1)
    }

    @Test func valuesThatAreNotFiniteAreNeverRead() throws {
        let reading = try read(small, [[.nan, 0.4, .infinity], [.nan, .nan, .nan], [-.infinity, 0.2, 0.9]])
        #expect(reading.text == "B")
        #expect(near(reading.confidence, (0.4 + 0 + 0.9) / 3, within: 1e-6))
        #expect(reading.candidates.allSatisfy { $0.probability.isFinite })
    }

    @Test func probabilitiesAreHeldToTheirRange() throws {
        let reading = try read(small, [[3, 0, 0], [0, 1.5, 0], [-2, -1, -3]])
        #expect(reading.text == "ABB")
        #expect(reading.characters.map(\.confidence) == [1, 1, 0])
    }

    @Test(arguments: [[1, 2, 3], [1, 3, 4], [3, 3], [2, 3, 3], []])
    func anotherShapeIsRefused(_ shape: [Int]) {
        let error = #expect(throws: DecodeError.self) {
            try withViews(of: [Tensor(name: "text", shape: shape)]) { try small.reading(in: $0) }
        }
        #expect(error?.description.contains("[1, 3, 3]") == true)
    }

    @Test(arguments: [SlotTextDecoder(slotCount: 0, alphabet: "A_"), SlotTextDecoder(slotCount: 3, alphabet: "")])
    func parametersThatNoModelHasAreRefused(_ decoder: SlotTextDecoder) {
        #expect(throws: DecodeError.self) {
            try withViews(of: [Tensor(name: "text", shape: [1, 3, 1])]) { try decoder.reading(in: $0) }
        }
    }
}
