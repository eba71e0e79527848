import Testing

@testable import Settings

@Suite struct NearestNameTests {
    @Test(arguments: [
        ("", "", 0), ("abc", "", 3), ("", "abc", 3), ("port", "port", 0), ("prot", "port", 1), ("prt", "port", 1),
        ("kitten", "sitting", 3), ("ca", "abc", 3), ("abcdef", "badcfe", 3),
    ])
    func theDistanceCountsInsertionsDeletionsSubstitutionsAndExchanges(
        first: String, second: String, edits: Int
    ) {
        #expect(editDistance(first, second) == edits)
        #expect(editDistance(second, first) == edits)
    }

    @Test func caseAndKindOfDashAreNoEdits() {
        #expect(nearestName(to: "--DATA_DIR", among: ["--data-url", "--data-dir"]) == "--data-dir")
    }

    @Test func aBeginningWinsADraw() {
        #expect(nearestName(to: "log", among: ["lag_x", "log_xy", "host"]) == "log_xy")
        #expect(nearestName(to: "x", among: []) == nil)
    }
}
