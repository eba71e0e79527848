/// The candidate that takes the fewest edits to reach; a candidate that begins with `name` wins a draw.
func nearestName(to name: String, among candidates: [String]) -> String? {
    let written = comparable(name)
    return candidates.min { rank($0, from: written) < rank($1, from: written) }
}

private func rank(_ candidate: String, from written: String) -> (Int, Int) {
    let name = comparable(candidate)
    return (editDistance(written, name), name.hasPrefix(written) ? 0 : 1)
}

/// Case and the choice between `-` and `_` are no edits.
private func comparable(_ name: String) -> String { String(name.prefix(100)).lowercased().replacing("-", with: "_") }

/// The Damerau-Levenshtein distance in its restricted form (optimal string alignment): insertions, deletions,
/// substitutions and exchanges of neighbours, each costing one.
func editDistance(_ first: String, _ second: String) -> Int {
    let first = Array(first)
    let second = Array(second)
    guard !first.isEmpty, !second.isEmpty else { return max(first.count, second.count) }
    var beforeLast = [Int]()
    var last = Array(0...second.count)
    for row in 1...first.count {
        var current = [row]
        for column in 1...second.count {
            let substitution = last[column - 1] + (first[row - 1] == second[column - 1] ? 0 : 1)
            var best = min(substitution, last[column] + 1, current[column - 1] + 1)
            if row > 1, column > 1, first[row - 1] == second[column - 2], first[row - 2] == second[column - 1] {
                best = min(best, beforeLast[column - 2] + 1)
            }
            current.append(best)
        }
        (beforeLast, last) = (last, current)
    }
    return last[second.count]
}
