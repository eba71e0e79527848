extension PlateText {
    /// The normalised text with characters that readers confuse replaced by one of them: what Unicode calls a skeleton
    /// (UTS #39, section 4), for plates. Two readings of one plate mostly have the same; never shown.
    ///
    /// D, O and Q are 0; I and L 1; Z 2; S 5; G 6; B 8: the pairs of ``PlateConfusions`` from 0.6 on, and 6–G.
    public static func skeleton(_ text: String) -> String {
        String(normalized(text).map { representatives[$0] ?? $0 })
    }

    private static let representatives: [Character: Character] = [
        "D": "0", "O": "0", "Q": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "G": "6", "B": "8",
    ]

    /// The skeletons at an edit distance (V. Levenshtein, 1966) of at most 1 from `skeleton`, itself first: what an index
    /// of skeletons is asked for to find a plate with one character misread, missed or too many. About 60 for each
    /// character.
    public static func neighbours(ofSkeleton skeleton: String) -> [String] {
        let characters = Array(skeleton)
        var found: Set<String> = [skeleton]
        var result = [skeleton]
        func add(_ changed: [Character]) {
            let text = String(changed)
            if !text.isEmpty, found.insert(text).inserted { result.append(text) }
        }
        for index in characters.indices {
            add(Array(characters[..<index] + characters[(index + 1)...]))
            for symbol in skeletonSymbols { add(characters[..<index] + [symbol] + characters[(index + 1)...]) }
        }
        for index in 0...characters.count {
            for symbol in skeletonSymbols { add(characters[..<index] + [symbol] + characters[index...]) }
        }
        return result
    }

    private static let skeletonSymbols = PlateSymbolSet.all.filter { representatives[$0] == nil }
}
