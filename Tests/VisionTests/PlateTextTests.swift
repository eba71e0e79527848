import Testing
import Vision

@Suite struct PlateTextTests {
    @Test(arguments: [
        ("51F-123.45", "51F12345"), ("  ab 12\tcd ", "AB12CD"), ("ＡＢ１２ｃ", "AB12C"), ("", ""), ("京A·12345", "A12345"),
        ("ß1", "SS1"), ("ı0", "I0"), ("\u{0}A\u{202E}B", "AB"), ("É1", "E1"), ("E\u{301}1", "E1"), ("٣4", "4"),
        ("М123ОР", "M123OP"), ("ухх", "YXX"), ("ΥΖΑ-1234", "YZA1234"), ("ä ö ü", "AOU"), ("Я1Ж", "1"),
        ("A·1•2・3", "A123"),
    ])
    func keepsLettersAndDigits(_ text: String, expected: String) {
        #expect(PlateText.normalized(text) == expected)
        #expect(PlateText.normalized(expected) == expected)
    }

    @Test(arguments: [("OY09 FEU", "0Y09FEU"), ("0Y09FEU", "0Y09FEU"), ("iil1", "11L1"), ("QDB8", "QDB8")])
    func foldsLettersPrintedLikeDigits(_ text: String, expected: String) {
        #expect(PlateText.folded(text) == expected)
        #expect(PlateText.folded(PlateText.folded(text)) == expected)
    }
}
