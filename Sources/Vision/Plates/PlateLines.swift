/// Lines of text that may be a plate: one, or two stacked.
public struct PlateLines: Hashable, Sendable {
    /// In reading order: top to bottom, then left to right.
    public let lines: [Quadrilateral]
    /// The smallest upright rectangle around all of them.
    public let box: Rectangle

    /// The corners of a single line, else those of the box.
    public var corners: Quadrilateral {
        if lines.count == 1, let line = lines.first { line } else { Quadrilateral(box) }
    }

    /// Lower lines cannot be read.
    private static let minimumHeight: Float = 8
    /// Width over height of a single line that is a plate.
    private static let aspects: ClosedRange<Float> = 1.5...10
    /// Text on plates that is less than this part of the highest line is a state's name, a slogan or a sticker.
    private static let minimumPart: Float = 0.6

    private init?(_ lines: [Quadrilateral]) {
        guard let first = lines.first?.boundingRectangle else { return nil }
        self.lines = lines
        box = lines.dropFirst().reduce(first) { $0.union($1.boundingRectangle) }
    }

    /// Every line that has a plate's proportions, and every pair of lines that stand like those of a plate: one below
    /// the other, about equally high, a small gap, most of the shorter one below or above the longer.
    public static func candidates(among lines: [Quadrilateral]) -> [PlateLines] {
        let boxed = lines.map { (line: $0, box: $0.boundingRectangle) }.filter { $0.box.height >= minimumHeight }
        let single = boxed.filter { aspects.contains($0.box.width / $0.box.height) }
        let pairs = boxed.flatMap { upper in
            boxed.filter { areStacked(upper.box, $0.box) }.map { [upper.line, $0.line] }
        }
        return single.compactMap { PlateLines([$0.line]) } + pairs.compactMap { PlateLines($0) }
    }

    private static func areStacked(_ upper: Rectangle, _ lower: Rectangle) -> Bool {
        let (less, more) = (min(upper.height, lower.height), max(upper.height, lower.height))
        let step = lower.y + lower.height / 2 - upper.y - upper.height / 2
        let overlap = min(upper.right, lower.right) - max(upper.x, lower.x)
        return step > 0.5 * less && lower.y - upper.bottom < 0.5 * more && step < 2 * more
            && overlap > 0.6 * min(upper.width, lower.width) && less > 0.6 * more
    }

    /// The lines that hold the number among those found on one plate; `nil` when there are none.
    public init?(onPlate lines: [Quadrilateral]) {
        let highest = lines.map(\.height).max() ?? 0
        let large = lines.filter { $0.height >= Self.minimumPart * highest && $0.height >= 1 }
            .sorted { $0.middle.y < $1.middle.y }
        var rows: [[Quadrilateral]] = []
        for line in large {
            if let last = rows.last?.last, abs(last.middle.y - line.middle.y) < line.height / 2 {
                rows[rows.count - 1].append(line)
            } else {
                rows.append([line])
            }
        }
        self.init(rows.flatMap { row in row.sorted { $0.middle.x < $1.middle.x } })
    }
}

extension Quadrilateral {
    fileprivate var middle: Point {
        Point(
            x: (topLeft.x + topRight.x + bottomRight.x + bottomLeft.x) / 4,
            y: (topLeft.y + topRight.y + bottomRight.y + bottomLeft.y) / 4)
    }
}

extension Rectangle {
    fileprivate func union(_ other: Rectangle) -> Rectangle {
        Rectangle(
            left: min(x, other.x), top: min(y, other.y), right: max(right, other.right),
            bottom: max(bottom, other.bottom))
    }
}
