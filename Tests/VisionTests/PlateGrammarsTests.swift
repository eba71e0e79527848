import Foundation
import Testing
import Vision

@Suite struct PlateGrammarsTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "models/plates")

    /// Making a grammar holds its examples and counter-examples against its patterns.
    private static func all() throws -> PlateGrammars {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
        return try PlateGrammars(
            files.sorted().map { file in
                let grammar = try JSONDecoder().decode(
                    PlateGrammar.self, from: Data(contentsOf: folder.appending(path: file)))
                try #require("\(grammar.country.lowercased()).json" == file)
                return grammar
            })
    }

    @Test func everyCountryThatIsPromisedHasAGrammar() throws {
        let countries = Set(try Self.all().grammars.map(\.country))
        let union = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
        let promised =
            union.split(separator: " ").map { String($0) } + ["AU", "BR", "CN", "GB", "IN", "JP", "KR", "US", "VN"]
        #expect(countries == Set(promised))
    }

    @Test func everyExampleIsOfItsCountry() throws {
        let grammars = try Self.all()
        for grammar in grammars.grammars {
            #expect(grammar.source.hasPrefix("https://"))
            for form in grammar.forms {
                #expect(!form.counterExamples.isEmpty, "\(grammar.country) \(form.name)")
                for example in form.examples {
                    #expect(PlateText.normalized(example) == example)
                    #expect(grammar.matches(example), "\(example)")
                    #expect(grammars.country(of: example, hint: grammar.country) == grammar.country, "\(example)")
                }
            }
        }
    }

    @Test(arguments: [
        ("51F12345", nil, "VN"), ("59U116124", nil, "VN"), ("BRA2E19", nil, "BR"), ("RK857AI", nil, "SK"),
        ("OY09FEU", nil, "GB"), ("MH12AB1234", nil, "IN"), ("131D12345", nil, "IE"), ("1234BCD", nil, "ES"),
        // Brazil and a dozen of the United States.
        ("PJV9741", nil, nil), ("PJV9741", "BR", "BR"), ("PJV9741", "US", "US"),
        // A hint that the plate does not fit is not believed.
        ("59U116124", "BR", "VN"), ("PJV9741", "ZZ", nil), ("FZRULZ", "US", nil), ("", nil, nil),
    ])
    func guessesTheCountry(_ plate: String, hint: String?, expected: String?) throws {
        #expect(try Self.all().country(of: plate, hint: hint) == expected)
    }

    @Test func whatFitsIsPreferredAmongWhatReadersSaw() throws {
        let grammars = try Self.all()
        let reading = Self.reading(
            [("P", 1, nil, 0), ("J", 1, nil, 0), ("V", 1, nil, 0), ("9", 0.9, nil, 0)]
                + [("7", 1, nil, 0), ("A", 0.5, "4", 0.45), ("1", 0.9, nil, 0)])
        #expect(reading.text == "PJV97A1")
        let candidates = grammars.candidates(of: reading, hint: "BR")
        #expect(candidates.first?.text == "PJV9741")
        #expect(candidates.first?.countryCode == "BR")
        #expect(candidates.contains { $0.text == "PJV97A1" })
        #expect(abs(candidates.reduce(0) { $0 + $1.probability } - 1) < 1e-4)
    }

    @Test func aLikelyReadingIsNotBentIntoAGrammar() throws {
        let grammars = try Self.all()
        for text in ["FZRULZ", "PJVS741", "ZZZZZZZZZ", "0"] {
            let reading = Self.reading(text.map { ($0, 0.98, nil, 0) })
            #expect(grammars.candidates(of: reading, hint: "BR").first?.text == text)
        }
    }

    /// Only what a reader saw at a place, or a letter for the digit that it looks like, may stand there.
    @Test func nothingIsInvented() throws {
        let grammars = try Self.all()
        for text in ["PJV974O", "QQQQQQQ", "5VCF203", "WXKM", "B8O1S5Z"] {
            let seen = Array(text)
            let reading = Self.reading(seen.map { ($0, 0.6, nil, 0) })
            let candidates = grammars.candidates(of: reading, hint: "BR", limit: 100)
            #expect(candidates.contains { $0.text == text })
            for candidate in candidates {
                #expect(candidate.text.count == seen.count)
                for (character, other) in zip(candidate.text, seen) where character != other {
                    #expect(PlateConfusions.likeness(character, other) > 0)
                    #expect(character.isNumber != other.isNumber)
                }
            }
        }
    }

    @Test func aReadingWithoutTextHasNoCandidates() throws {
        #expect(try Self.all().candidates(of: PlateReading(slots: [], candidateLimit: 5)).isEmpty)
    }

    @Test func theOwnTextIsKeptWhateverTheLimit() throws {
        let reading = Self.reading([("A", 0.5, "8", 0.49), ("B", 0.5, "1", 0.49), ("C", 0.5, "2", 0.49)])
        for limit in -1...3 {
            let candidates = try Self.all().candidates(of: reading, hint: "DE", limit: limit)
            #expect(candidates.contains { $0.text == "ABC" })
            #expect(candidates.count == max(1, limit))
        }
    }

    @Test(arguments: [
        (#"{"country": "xx"}"#, "name"),
        (#"{"country": "xx", "name": "", "source": "", "forms": []}"#, "country 'xx'"),
        (#"{"country": "XX", "name": "", "source": "", "forms": []}"#, "no forms"),
        (
            #"{"country": "XX", "name": "", "source": "", "forms": [{"name": "a", "pattern": "A?", "examples": [], "counter_examples": []}]}"#,
            "empty text"
        ),
        (
            #"{"country": "XX", "name": "", "source": "", "forms": [{"name": "a", "pattern": "AA", "examples": [], "counter_examples": []}]}"#,
            "no examples"
        ),
        (
            #"{"country": "XX", "name": "", "source": "", "forms": [{"name": "a", "pattern": "AA", "examples": ["A1"], "counter_examples": []}]}"#,
            "example 'A1'"
        ),
        (
            #"{"country": "XX", "name": "", "source": "", "forms": [{"name": "a", "pattern": "AA", "examples": ["AB"], "counter_examples": ["CD"]}]}"#,
            "counter-example 'CD'"
        ),
    ])
    func mistakesInAFileAreNamed(_ json: String, reason: String) {
        let error = #expect(throws: (any Error).self) {
            try JSONDecoder().decode(PlateGrammar.self, from: Data(json.utf8))
        }
        #expect("\(error.map { "\($0)" } ?? "")".contains(reason))
    }

    @Test func twoGrammarsOfOneCountryAreRefused() throws {
        let grammar = try #require(Self.all().grammars.first)
        #expect(throws: PlateGrammarError.self) { try PlateGrammars([grammar, grammar]) }
    }

    private static func reading(_ slots: [(Character, Float, Character?, Float)]) -> PlateReading {
        PlateReading(
            slots: slots.map { best, probability, other, runnerUp in
                TextSlot(
                    best: .init(character: best, probability: probability),
                    runnerUp: other.map { .init(character: $0, probability: runnerUp) })
            }, candidateLimit: 5)
    }
}
