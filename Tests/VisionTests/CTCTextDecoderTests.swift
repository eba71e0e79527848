import Foundation
import Testing
import Vision

@Suite struct CTCTextDecoderTests {
    struct Lines: Decodable {
        struct Output: Decodable {
            let name: String
            let shape: [Int]
            let values: [Float]
        }
        struct Line: Decodable {
            let output: Output
            let text: String
            let confidence: Float
            let plate: String
        }
        let alphabet: String
        let lines: [Line]
    }

    private let small = CTCTextDecoder(alphabet: ["A", "b", "-"])

    private func read(_ decoder: CTCTextDecoder, _ steps: [[Float]]) throws -> PlateReading {
        let tensor = Tensor(name: "text", shape: [1, steps.count, steps[0].count], values: steps.flatMap { $0 })
        return try #require(try withViews(of: [tensor]) { try decoder.readings(in: $0) }.first)
    }

    @Test(arguments: 0..<4)
    func readsWhatTheReferenceReads(_ index: Int) throws {
        let lines: Lines = try fixture("ctc_text")
        let (alphabet, line) = (lines.alphabet.unicodeScalars.map(Character.init), lines.lines[index])
        let tensor = Tensor(name: "text", shape: line.output.shape, values: line.output.values)
        let reading = try read(CTCTextDecoder(alphabet: alphabet), tensor)
        #expect(reading.text == line.text)
        #expect(near(reading.confidence, line.confidence, within: 1e-4))
        let plate = try read(CTCTextDecoder(alphabet: alphabet, plateCharactersOnly: true), tensor)
        #expect(plate.text == line.plate)
        #expect(plate.characters.count == line.plate.count)
    }

    /// Any logits whose softmax the probabilities are read alike.
    @Test(arguments: 0..<4)
    func logitsReadAsTheirProbabilities(_ index: Int) throws {
        let lines: Lines = try fixture("ctc_text")
        let line = lines.lines[index]
        let decoder = CTCTextDecoder(alphabet: lines.alphabet.unicodeScalars.map(Character.init))
        let plain = Tensor(name: "text", shape: line.output.shape, values: line.output.values)
        var logits = plain
        logits.values = logits.values.map { log(max($0, 1e-30)) + 7 }
        let (one, other) = (try read(decoder, plain), try read(decoder, logits))
        #expect(one.text == other.text)
        #expect(near(one.confidence, other.confidence, within: 1e-3))
        for (first, second) in zip(one.candidates, other.candidates) {
            #expect(near(first.probability, second.probability, within: 1e-3))
        }
    }

    private func read(_ decoder: CTCTextDecoder, _ tensor: Tensor) throws -> PlateReading {
        try #require(try withViews(of: [tensor]) { try decoder.readings(in: $0) }.first)
    }

    @Test(
        "Repeats are dropped before blanks",
        arguments: [
            ([1, 1, 2], "Ab"), ([1, 0, 1], "AA"), ([0, 0, 0], ""), ([1, 1, 0, 0, 1, 2, 2, 0, 3], "AAb-"), ([2], "b"),
        ])
    func collapsing(classes: [Int], text: String) throws {
        let steps = classes.map { best in (0..<4).map { $0 == best ? Float(0.7) : 0.1 } }
        #expect(try read(small, steps).text == text)
    }

    @Test func aCharactersConfidenceIsThatOfTheStepThatBeganIt() throws {
        let reading = try read(small, [[0.1, 0.6, 0.3, 0], [0, 0.9, 0.1, 0], [0.2, 0, 0.8, 0]])
        #expect(reading.text == "Ab")
        #expect(reading.characters.map(\.confidence) == [0.6, 0.8])
        #expect(near(reading.confidence, 0.7, within: 1e-6))
    }

    @Test func runnersUpGiveCandidatesAndABlankLeavesOut() throws {
        let reading = try read(small, [[0.1, 0.6, 0.3, 0], [0.2, 0, 0.8, 0]])
        // Ab .48, bb .24, A .12, b .06
        #expect(reading.candidates.map(\.text) == ["Ab", "bb", "A", "b"])
        #expect(near(reading.candidates[0].probability, 0.48 / 0.9, within: 1e-5))
    }

    @Test func platesKeepLettersAndDigitsOnlyAndRaiseThem() throws {
        let decoder = CTCTextDecoder(alphabet: ["A", "b", "-", "a", "京", "ß", "７"], plateCharactersOnly: true)
        func step(_ best: Int, _ second: Int) -> [Float] {
            (0..<8).map { $0 == best ? 0.6 : $0 == second ? 0.3 : 0.1 / 6 }
        }
        let reading = try read(decoder, [step(2, 1), step(3, 1), step(4, 1), step(5, 1), step(6, 1), step(7, 2)])
        #expect(reading.text == "BA7")
        #expect(reading.characters.count == 3)
        #expect(near(reading.confidence, 0.6, within: 1e-6))
        // The second choice of "a" is "A", the same on a plate: the next that differs counts.
        #expect(!reading.candidates.contains { $0.text == "B7A" })
        #expect(Set(reading.candidates.map(\.text)).count == reading.candidates.count)
    }

    @Test func charactersOfSeveralBytesAreOneClass() throws {
        let alphabet: [Character] = ["京", "é", "ก", "\u{0E34}"]
        let steps = [1, 3, 4].map { best in (0..<5).map { $0 == best ? Float(0.8) : 0.05 } }
        #expect(try read(CTCTextDecoder(alphabet: alphabet), steps).text == "京กิ")
    }

    @Test func aBatchGivesAReadingALine() throws {
        let tensor = Tensor(
            name: "text", shape: [2, 1, 4], values: [0, 1, 0, 0, 0, 0, 1, 0])
        #expect(try withViews(of: [tensor]) { try small.readings(in: $0) }.map(\.text) == ["A", "b"])
    }

    @Test func valuesThatAreNotFiniteAreNeverRead() throws {
        let reading = try read(
            small, [[.nan, 0.4, .infinity, 0], [.nan, .nan, .nan, .nan], [-.infinity, 0.2, 0.9, 0]])
        #expect(reading.text == "Ab")
        #expect(reading.characters.allSatisfy { (0...1).contains($0.confidence) })
        #expect(reading.candidates.allSatisfy { $0.probability.isFinite })
    }

    @Test(arguments: [[1, 3, 5], [1, 3], [3, 4], [0, 3, 4], [1, 0, 4], [1, 3, 4, 1], []])
    func anotherShapeIsRefused(_ shape: [Int]) {
        let error = #expect(throws: DecodeError.self) {
            try withViews(of: [Tensor(name: "text", shape: shape)]) { try small.readings(in: $0) }
        }
        #expect(error?.description.contains("[batch, steps, 4]") == true)
    }

    @Test func anEmptyAlphabetIsRefused() {
        #expect(throws: DecodeError.self) {
            try withViews(of: [Tensor(name: "text", shape: [1, 2, 1])]) {
                try CTCTextDecoder(alphabet: []).readings(in: $0)
            }
        }
    }
}
