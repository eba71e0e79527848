/// The connected regions of a mask and the holes in them, as points whose convex hulls are those of the borders that
/// border following finds (S. Suzuki, K. Abe, "Topological structural analysis of digitized binary images by border
/// following", 1985): foreground joins over corners, background over sides only.
struct MaskRegions {
    /// Pixels of one row that are alike; both ends belong to it.
    private struct Run {
        let start: Int32
        let end: Int32
        let row: Int32
        let isForeground: Bool
    }

    /// Row by row, from left to right.
    private var runs: [Run] = []
    /// The runs of each row.
    private var rows: [Range<Int>] = []
    /// Of each run another of the same region, or itself. Beyond the runs one more stands for all beyond the mask.
    private var parents: [Int] = []

    /// - Parameter fill: writes the mask's row of the given number, `true` for foreground.
    init(width: Int, height: Int, fill: (_ row: Int, inout [Bool]) -> Void) {
        var mask = [Bool](repeating: false, count: width)
        for row in 0..<height {
            fill(row, &mask)
            let first = runs.count
            var start = 0
            for column in 1...max(width, 1) where column == width || mask[column] != mask[start] {
                runs.append(
                    Run(start: Int32(start), end: Int32(column - 1), row: Int32(row), isForeground: mask[start]))
                start = column
            }
            rows.append(first..<runs.count)
        }
        parents = Array(0...runs.count)
        connect(width: width)
    }

    /// Of each region and each hole some of the foreground pixels along its border, those of its convex hull among them.
    func borders() -> [[SIMD2<Int32>]] {
        let outside = root(runs.count)
        var places: [Int: Int] = [:]
        var borders: [[SIMD2<Int32>]] = []
        for index in runs.indices {
            let region = root(index)
            guard region != outside else { continue }
            let place = places[region] ?? borders.count
            if place == borders.count {
                places[region] = place
                borders.append([])
            }
            let run = runs[index]
            if run.isForeground {
                borders[place] += [SIMD2(run.start, run.row), SIMD2(run.end, run.row)]
            } else {
                borders[place] += [SIMD2(run.start - 1, run.row), SIMD2(run.end + 1, run.row)]
                borders[place] += foreground(beside: run, inRow: Int(run.row) - 1)
                borders[place] += foreground(beside: run, inRow: Int(run.row) + 1)
            }
        }
        return borders
    }

    /// The ends of the foreground above or below a run of a hole, which has both.
    private func foreground(beside run: Run, inRow row: Int) -> [SIMD2<Int32>] {
        runs[rows[row]].filter { $0.isForeground && $0.start <= run.end && $0.end >= run.start }.flatMap {
            [SIMD2(max($0.start, run.start), $0.row), SIMD2(min($0.end, run.end), $0.row)]
        }
    }

    private mutating func connect(width: Int) {
        for (row, current) in rows.enumerated() {
            var above = row == 0 ? 0..<0 : rows[row - 1]
            for index in current {
                let run = runs[index]
                let isAtEdge = run.start == 0 || Int(run.end) == width - 1 || row == 0 || row == rows.count - 1
                if !run.isForeground, isAtEdge { join(index, runs.count) }
                while let first = above.first, runs[first].end < run.start - 1 { above = above.dropFirst() }
                for other in above {
                    guard runs[other].start <= run.end + 1 else { break }
                    if touch(run, runs[other]) { join(index, other) }
                }
            }
        }
    }

    private func touch(_ run: Run, _ other: Run) -> Bool {
        let reach: Int32 = run.isForeground ? 1 : 0
        return run.isForeground == other.isForeground && other.start <= run.end + reach
            && other.end >= run.start - reach
    }

    private mutating func join(_ one: Int, _ other: Int) {
        let (first, second) = (root(one), root(other))
        parents[max(first, second)] = min(first, second)
        // Shortens the way of both for later questions.
        parents[one] = min(first, second)
        parents[other] = min(first, second)
    }

    private func root(_ index: Int) -> Int {
        var index = index
        while parents[index] != index { index = parents[index] }
        return index
    }
}
