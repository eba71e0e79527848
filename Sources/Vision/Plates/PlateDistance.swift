/// How far apart two plate numbers are: an edit distance (V. Levenshtein, 1966) in which characters that look alike
/// cost less. Inserting or leaving out a character costs 1, taking one for another 1 − ¾ · likeness
/// (``PlateConfusions``): 0 for O costs ¼, 8 for B about ½, 3 for W 1.
public enum PlateDistance {
    /// The distance of two normalised plates, or `nil` when it is more than `limit`. Only the diagonal band that
    /// `limit` can reach is computed.
    public static func distance(_ one: String, _ other: String, limit: Float = .infinity) -> Float? {
        let (rows, columns) = (Array(one), Array(other))
        guard limit >= 0 else { return nil }
        let reach = limit < 1000 ? Int(limit) : max(rows.count, columns.count)
        guard abs(rows.count - columns.count) <= reach else { return nil }
        var before = (0...columns.count).map { Float($0) }
        for row in 0..<rows.count {
            var current = [Float](repeating: .infinity, count: columns.count + 1)
            if row + 1 <= reach { current[0] = Float(row + 1) }
            let low = max(0, row - reach)
            let high = min(columns.count - 1, row + reach)
            if low <= high {
                for column in low...high {
                    let cost = substitution(rows[row], columns[column])
                    current[column + 1] = min(
                        before[column] + cost, before[column + 1] + 1, current[column] + 1)
                }
            }
            guard current.contains(where: { $0 <= limit }) else { return nil }
            before = current
        }
        let distance = before[columns.count]
        return distance <= limit ? distance : nil
    }

    /// Of `plates` those at most `limit` from `plate`, nearest first, ties in their order.
    /// - Parameter count: at most so many.
    public static func nearest(
        to plate: String, in plates: [String], limit: Float, count: Int = 5
    ) -> [(index: Int, distance: Float)] {
        let found = plates.indices.compactMap { index in
            distance(plate, plates[index], limit: limit).map { (index: index, distance: $0) }
        }
        let sorted = found.sorted { $0.distance == $1.distance ? $0.index < $1.index : $0.distance < $1.distance }
        return Array(sorted.prefix(max(0, count)))
    }

    /// The plates of the same length that are at most `limit` from `plate`, itself first: what an index is asked for
    /// where comparing with every plate in it would be too much. Some ten for a common plate and 0.6.
    ///
    /// - Parameter limit: less than 1, so that no character is left out or put in.
    public static func lookAlikes(of plate: String, limit: Float) -> [String] {
        var found: [(text: [Character], distance: Float)] = [([], 0)]
        for character in plate {
            var longer = found.map { (text: $0.text + [character], distance: $0.distance) }
            for (other, cost) in alike[character] ?? [] {
                longer += found.compactMap { start in
                    let distance = start.distance + cost
                    return distance <= limit ? (start.text + [other], distance) : nil
                }
            }
            found = longer
        }
        return found.map { String($0.text) }
    }

    /// What each character may be taken for.
    private static let alike: [Character: [(Character, Float)]] = {
        let symbols = PlateSymbolSet.all
        return Dictionary(
            uniqueKeysWithValues: symbols.map { one in
                (one, symbols.filter { $0 != one }.map { ($0, substitution(one, $0)) }.filter { $0.1 < 1 })
            })
    }()

    private static func substitution(_ one: Character, _ other: Character) -> Float {
        one == other ? 0 : 1 - 0.75 * PlateConfusions.likeness(one, other)
    }
}
