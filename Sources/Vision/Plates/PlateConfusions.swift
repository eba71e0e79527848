/// Characters that readers and people take for one another on plates.
///
/// | alike | pairs |
/// |---|---|
/// | 1.0 | 0–O, 1–I |
/// | 0.6 | 8–B, 5–S, 2–Z, 0–Q, 0–D, O–Q, O–D, 1–L, I–L |
/// | 0.4 | 6–G, D–Q, 1–7, C–G, E–F, F–P, K–X, M–N, U–V, V–W, V–Y, 3–8, 6–8, 8–9, 7–T, 4–A |
///
/// The values are judgements, ordered by how many fonts give both the same shape; nothing is measured from them.
public enum PlateConfusions {
    private static let groups: [(alike: Float, pairs: [String])] = [
        (1, ["0O", "1I"]),
        (0.6, ["8B", "5S", "2Z", "0Q", "0D", "OQ", "OD", "1L", "IL"]),
        (
            0.4,
            [
                "6G", "DQ", "17", "CG", "EF", "FP", "KX", "MN", "UV", "VW", "VY", "38", "68", "89", "7T", "4A",
            ]
        ),
    ]

    /// 36 × 36, by the indices of ``PlateSymbolSet``.
    private static let table: [Float] = {
        let count = PlateSymbolSet.all.count
        var table = [Float](repeating: 0, count: count * count)
        for (alike, pairs) in groups {
            for pair in pairs {
                let indices = pair.compactMap(PlateSymbolSet.index)
                table[indices[0] * count + indices[1]] = alike
                table[indices[1] * count + indices[0]] = alike
            }
        }
        for index in 0..<count { table[index * count + index] = 1 }
        return table
    }()

    /// 0–1; 1 for a character and itself, 0 for what is not in the table.
    public static func likeness(_ one: Character, _ other: Character) -> Float {
        guard let first = PlateSymbolSet.index(of: one), let second = PlateSymbolSet.index(of: other) else {
            return one == other ? 1 : 0
        }
        return table[first * PlateSymbolSet.all.count + second]
    }

    /// For each character the digits or letters that a grammar may take it for: a pair of a letter and a digit, which
    /// the form of a plate can tell apart where its print cannot.
    static let swaps: [[(symbol: Int, likeness: Float)]] = {
        let swapped = ["0O", "1I", "8B", "5S", "2Z", "6G", "0Q", "0D"]
        var swaps = [[(symbol: Int, likeness: Float)]](repeating: [], count: PlateSymbolSet.all.count)
        for pair in swapped.map(Array.init) {
            guard let one = PlateSymbolSet.index(of: pair[0]), let other = PlateSymbolSet.index(of: pair[1]) else {
                continue
            }
            let likeness = likeness(pair[0], pair[1])
            swaps[one].append((other, likeness))
            swaps[other].append((one, likeness))
        }
        return swaps
    }()
}
