import Testing
import Vision

@Suite struct PlateVoteTests {
    /// Texts of readings, with the confidence of each of their characters, and what they say together.
    private static let votes: [(readings: [(text: String, confidence: Float)], expected: String)] = [
        (readings: [("AB123", 0.9), ("AB123", 0.8)], expected: "AB123"),
        // The surer reader decides, whatever the order.
        (readings: [("AB123", 0.99), ("AB128", 0.8)], expected: "AB123"),
        (readings: [("AB128", 0.8), ("AB123", 0.99)], expected: "AB123"),
        // Two against one.
        (readings: [("AB123", 0.92), ("AB128", 0.9), ("AB128", 0.9)], expected: "AB128"),
        // One character more is not enough against a surer reader that saw none, two readers are.
        (readings: [("AB123", 0.99), ("AB1233", 0.8)], expected: "AB123"),
        (readings: [("AB123", 0.9), ("XAB123", 0.9), ("XAB123", 0.9)], expected: "XAB123"),
        (readings: [("B123", 0.95), ("AB123", 0.95), ("AB12", 0.95)], expected: "AB123"),
        // What cannot be read does not count.
        (readings: [("", 0), ("AB123", 0.9)], expected: "AB123"),
        (readings: [("AB123", 0.9), ("", 0.99)], expected: "AB123"),
        (readings: [("", 0), ("", 0)], expected: ""),
        (readings: [], expected: ""),
    ]

    @Test(arguments: votes)
    func theMajorityByConfidenceIsTaken(_ readings: [(text: String, confidence: Float)], expected: String) {
        let vote = PlateReading(voting: readings.map { Self.reading($0.text, $0.confidence) })
        #expect(vote.text == expected)
        #expect(String(vote.characters.map(\.character)) == expected)
        #expect((vote.candidates.first?.text ?? "") == expected)
        #expect((0...1).contains(vote.confidence))
        #expect(vote.characters.allSatisfy { (0...1).contains($0.confidence) })
    }

    @Test func oneReadingIsReturnedAsItIs() {
        let reading = Self.reading("AB123", 0.7)
        #expect(PlateReading(voting: [reading]) == reading)
        #expect(PlateReading(voting: [reading, Self.reading("", 0)]) == reading)
    }

    @Test func agreementKeepsConfidenceAndDisagreementLowersIt() {
        let same = PlateReading(voting: [Self.reading("AB123", 0.9), Self.reading("AB123", 0.9)])
        #expect(abs(same.confidence - 0.9) < 1e-4)
        let other = PlateReading(voting: [Self.reading("AB123", 0.9), Self.reading("AB173", 0.9)])
        #expect(other.confidence < 0.85)
        #expect(other.characters.map { $0.confidence < 0.5 } == [false, false, false, true, false])
        #expect(Set(other.candidates.prefix(2).map(\.text)) == ["AB123", "AB173"])
    }

    /// What the loser saw stays as a further choice, for a grammar to take.
    @Test func everyChoiceIsKept() throws {
        let vote = PlateReading(voting: [Self.reading("PJT2905", 0.9), Self.reading("JT2905", 0.99)])
        #expect(vote.text == "JT2905")
        let first = try #require(vote.places.first)
        #expect(first.map(\.character) == [nil, "P"])
        #expect(vote.candidates.map(\.text).contains("PJT2905"))
    }

    private static func reading(_ text: String, _ confidence: Float) -> PlateReading {
        PlateReading(
            slots: text.map { TextSlot(best: .init(character: $0, probability: confidence), runnerUp: nil) },
            candidateLimit: 5)
    }
}
