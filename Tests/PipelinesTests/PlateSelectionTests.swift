import Testing
import Vision

@testable import Pipelines

@Suite struct PlateSelectionTests {
    private func selection(threshold: Float? = nil) throws -> PlateSelection {
        PlateSelection(grammars: try PlateGrammars.builtIn.get(), threshold: threshold)
    }

    @Test func everyGrammarIsInTheBinary() throws {
        #expect(try PlateGrammars.builtIn.get().grammars.count == 36)
    }

    /// A plate read whole wins over its lower line, which reads a little better but fits nothing.
    @Test func ofOverlappingPlatesTheLikeliestIsKept() throws {
        let whole = Self.plate("59U116124", 0.95, Rectangle(x: 0, y: 0, width: 60, height: 40))
        let line = Self.plate("X116124X4", 0.99, Rectangle(x: 0, y: 20, width: 60, height: 20))
        let other = Self.plate("51F12345", 0.9, Rectangle(x: 100, y: 0, width: 60, height: 20))
        let kept = try selection().best(of: [line, other, whole])
        #expect(kept.map(\.reading.text) == ["59U116124", "51F12345"])
    }

    /// Text, its confidence, the caller's threshold, how many plates that is.
    private static let readings: [(String, Float, Float?, Int)] = [
        ("51F12345", 0.79, nil, 0), ("51F12345", 0.81, nil, 1), ("51F", 1, nil, 0), ("51F1", 1, nil, 1),
        ("51F12345", 0.5, 0.4, 1), ("51F12345", 0.9, 0.95, 0), ("", 1, 0, 0),
    ]

    @Test(arguments: readings)
    func unreadablePlatesAreRejected(_ text: String, confidence: Float, threshold: Float?, count: Int) throws {
        let plates = [Self.plate(text, confidence, Rectangle(x: 0, y: 0, width: 60, height: 20))]
        #expect(try selection(threshold: threshold).best(of: plates).count == count)
        #expect(try selection(threshold: threshold).reported(plates).count == count)
    }

    @Test(arguments: [
        ("51F12345", true), ("ESTAMOS", false), ("1268205", false), ("AB1", false), ("ABCDEF1234", false),
        ("PJV9741", true),
    ])
    func onlyTextThatFitsAGrammarIsAPlate(_ text: String, expected: Bool) throws {
        #expect(try selection().isPlateLike(Self.reading(text, 0.95)) == expected)
        #expect(try !selection().isPlateLike(Self.reading(text, 0.7)))
    }

    @Test(arguments: [
        ("PJV9741", "PJV9741", true), ("PJV9741", "PJV974I", true), ("OKK7448", "0KK7448", true),
        ("PJV9741", "XPJV9741", true), ("PJV9741", "VENDE", false), ("PJV9741", "", false),
    ])
    func theSecondReaderMustSeeAboutTheSame(_ text: String, second: String, expected: Bool) throws {
        let selection = try selection()
        let (first, other) = (Self.reading(text, 0.95), Self.reading(second, 0.9))
        #expect(selection.isPlate(first, confirmedBy: other, hasSecondReader: true) == expected)
        #expect(!selection.isPlate(first, confirmedBy: nil, hasSecondReader: true))
        #expect(selection.isPlate(first, confirmedBy: nil, hasSecondReader: false))
        #expect(!selection.isPlate(Self.reading(text, 0.84), confirmedBy: nil, hasSecondReader: false))
    }

    @Test func onlyWellReadPlatesThatFitAreSettled() throws {
        let box = Rectangle(x: 0, y: 0, width: 60, height: 20)
        let cases: [(String, Float, Bool)] = [
            ("51F12345", 0.995, true), ("51F12345", 0.98, false), ("M5VF20377", 1, false),
        ]
        for (text, confidence, isSettled) in cases {
            let settled = try selection().settled([Self.plate(text, confidence, box)])
            #expect(settled.cover(box) == isSettled)
            #expect(settled.areOn(Rectangle(x: 20, y: 0, width: 100, height: 100)) == isSettled)
            #expect(!settled.areOn(Rectangle(x: 40, y: 0, width: 100, height: 100)))
            #expect(settled.contain(Rectangle(x: 10, y: 5, width: 20, height: 10)) == isSettled)
            #expect(!settled.contain(Rectangle(x: 100, y: 5, width: 20, height: 10)))
        }
    }

    private static func plate(_ text: String, _ confidence: Float, _ box: Rectangle) -> ReadPlate {
        ReadPlate(detection: Detection(box: box, score: 0.9), reading: reading(text, confidence))
    }

    private static func reading(_ text: String, _ confidence: Float) -> PlateReading {
        PlateReading(
            slots: text.map { TextSlot(best: .init(character: $0, probability: confidence), runnerUp: nil) },
            candidateLimit: 5)
    }
}
