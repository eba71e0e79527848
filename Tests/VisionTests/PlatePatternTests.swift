import Testing
import Vision

@Suite struct PlatePatternTests {
    @Test(arguments: [
        ("AA99", ["AB12", "ZZ00"], ["A12", "AB123", "1B12", "ab12", "ÄB12", ""]),
        ("X[12][BCD-F]", ["X1B", "X2E"], ["X3B", "X1A", "Y1B"]),
        ("(AB|CD9)9", ["ZB1".replacing("Z", with: "Q"), "CD12"], ["CD1", "AC1"]),
        ("99?A{2,3}", ["1AB", "12ABC"], ["123AB", "1A", "12ABCD"]),
        ("*{3}", ["A1B", "111"], ["A1", "A1-"]),
        ("[A][9]", ["A9"], ["B9", "A8"]),
        ("(12){2}B", ["1212B"], ["12B", "121212B"]),
        ("A(9|B?)C", ["Q1C", "QBC", "QC"], ["QBBC", "Q"]),
    ])
    func matches(_ text: String, plates: [String], others: [String]) throws {
        let pattern = try PlatePattern(text)
        for plate in plates { #expect(pattern.matches(plate), "\(plate)") }
        for other in others { #expect(!pattern.matches(other), "\(other)") }
    }

    @Test(arguments: [
        ("", "empty text"), ("A?", "empty text"), ("(A|)", "empty text"), ("A{0,2}", "empty text"), ("()", "empty"),
        ("(AB", "not closed"), ("AB)", "nothing is open"), ("A|B", "nothing is open"), ("[AB", "not closed"),
        ("[]", "set is empty"), ("[B-A]", "no range"), ("[1-A]", "no range"), ("[a]", "no range"),
        ("[A-", "not closed"), ("a", "neither"), ("-", "neither"), ("A{", "number is missing"), ("A{2", "not closed"),
        ("A{3,2}", "repetition"), ("A{0}", "repetition"), ("A{99999999999999999999}", "closed"), ("?", "neither"),
        ("A{12}9{12}", "more than 16"), ("((((((((((A))))))))))", "too deep"),
        ("((A{12}){12}){12}", "too large"),
    ])
    func mistakesAreNamed(_ text: String, reason: String) {
        let error = #expect(throws: PlateGrammarError.self) { try PlatePattern(text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        ("AA99", 4...4, 67600.0), ("99?", 1...2, 110), ("(AA|9)B", 2...3, 686), ("[12]A{1,2}", 2...3, 1404),
    ])
    func countsItsPlates(_ text: String, lengths: ClosedRange<Int>, size: Double) throws {
        let pattern = try PlatePattern(text)
        #expect(pattern.lengths == lengths)
        #expect(pattern.size == size)
    }
}
