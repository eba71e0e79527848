/// Text regions by differentiable binarisation (M. Liao et al., "Real-time Scene Text Detection with Differentiable
/// Binarization", 2020), as PaddleOCR reads them: one output [1, 1, height, width], the probability of (shrunken) text at
/// each pixel of the input. Pixels above the threshold are dilated by 2 × 2; around each connected region, and around
/// each hole, the smallest turned rectangle is taken and grown by area × `unclip` / perimeter on every side.
public struct TextRegionDecoder: Hashable, Sendable {
    /// Probability above which a pixel belongs to text.
    public let binarisation: Float
    /// How far regions are grown.
    public let unclip: Float

    /// Shorter side, in input pixels, that a region must have before it is grown, and after.
    private static let minimumSide = (found: 3.0, grown: 5.0)
    /// More regions than any picture's text has: bounds the work on noise.
    private static let maximumRegions = 1000

    public init(binarisation: Float = 0.3, unclip: Float = 1.6) {
        self.binarisation = binarisation
        self.unclip = unclip
    }

    /// The regions whose mean probability is at least `minimumScore`, in pixels of the model's input, which they may
    /// leave, from top to bottom. Values that are not finite count as no text.
    /// - Throws: ``DecodeError`` when the output is not of the shape above.
    public func regions(
        in outputs: [TensorView], inputWidth: Int, inputHeight: Int, minimumScore: Float
    ) throws(DecodeError) -> [TextRegion] {
        guard (1...16384).contains(inputWidth), (1...16384).contains(inputHeight) else {
            throw DecodeError("A map of \(inputWidth) × \(inputHeight) pixels cannot be decoded.")
        }
        let values = try outputs.single().values(shaped: [1, 1, inputHeight, inputWidth])
        let map = ProbabilityMap(values: values, width: inputWidth, height: inputHeight)
        return map.regions(above: binarisation).lazy.compactMap { TurnedRectangle(enclosing: $0) }
            .filter { $0.shorterSide >= Self.minimumSide.found }.prefix(Self.maximumRegions)
            .compactMap { region($0, map, minimumScore) }
    }

    private func region(_ found: TurnedRectangle, _ map: ProbabilityMap, _ minimumScore: Float) -> TextRegion? {
        guard let score = map.mean(inside: found.corners), score >= minimumScore else { return nil }
        let grown = found.grown(by: found.area * Double(unclip) / (2 * (found.width + found.height)))
        guard grown.shorterSide >= Self.minimumSide.grown else { return nil }
        return TextRegion(corners: Quadrilateral(text: grown.corners), score: min(score, 1))
    }
}

extension Quadrilateral {
    /// Of the two corners at the left the upper is the top left, and so on: right for text turned by less than 90°.
    fileprivate init(text corners: [SIMD2<Double>]) {
        let points = corners.map { Point(x: Float($0.x), y: Float($0.y)) }.sorted { $0.x < $1.x }
        let left = points.prefix(2).sorted { $0.y < $1.y }
        let right = points.suffix(2).sorted { $0.y < $1.y }
        self.init(topLeft: left[0], topRight: right[0], bottomRight: right[1], bottomLeft: left[1])
    }
}

/// The probability of text at each pixel; borrowed.
private struct ProbabilityMap {
    let values: UnsafePointer<Float>
    let width: Int
    let height: Int

    /// The borders of the regions above `threshold`, dilated by one pixel to the right and below.
    func regions(above threshold: Float) -> [[SIMD2<Int32>]] {
        var before = [Bool](repeating: false, count: width)
        var current = before
        return MaskRegions(width: width, height: height) { row, mask in
            swap(&before, &current)
            let line = values + row * width
            for column in 0..<width { current[column] = line[column] > threshold && line[column] < .infinity }
            for column in 0..<width {
                let left = max(column - 1, 0)
                mask[column] = current[column] || current[left] || before[column] || before[left]
            }
        }.borders()
    }

    /// The mean of the pixels in and on a convex polygon whose corners are cut to whole pixels; `nil` when there are
    /// none or one is not finite.
    func mean(inside corners: [SIMD2<Double>]) -> Float? {
        let corners = corners.map { ($0 + 1e-6).rounded(.down) }
        let top = max(0, Int(corners.reduce(.infinity) { min($0, $1.y) }))
        let bottom = min(height - 1, Int(corners.reduce(-.infinity) { max($0, $1.y) }))
        guard top <= bottom else { return nil }
        var sum = 0.0
        var count = 0
        for row in top...bottom {
            let columns = columns(of: corners, inRow: row)
            for column in columns { sum += Double(values[row * width + column]) }
            count += columns.count
        }
        return count > 0 && sum.isFinite ? Float(sum / Double(count)) : nil
    }

    /// The columns of a row that lie in the polygon or on its sides.
    private func columns(of corners: [SIMD2<Double>], inRow row: Int) -> Range<Int> {
        var (low, high) = (Double.infinity, -Double.infinity)
        for index in corners.indices {
            let side = columns(ofSideFrom: corners[index], to: corners[(index + 1) % corners.count], inRow: Double(row))
            guard let side else { continue }
            (low, high) = (min(low, side.first), max(high, side.last))
        }
        guard low <= high else { return 0..<0 }
        let first = max(0, Int(low))
        return first..<max(first, min(width - 1, Int(high)) + 1)
    }

    /// The pixels that a line drawn with one pixel a row, or one a column where it is flatter than 45°, has in a row.
    private func columns(
        ofSideFrom one: SIMD2<Double>, to other: SIMD2<Double>, inRow row: Double
    ) -> (first: Double, last: Double)? {
        let (start, end) = one.y <= other.y ? (one, other) : (other, one)
        let (across, down) = (end.x - start.x, end.y - start.y)
        func x(_ y: Double) -> Double { start.x + across * (y - start.y) / down }
        guard abs(across) > down else {
            guard start.y <= row, row <= end.y else { return nil }
            let column = (down > 0 ? x(row) : start.x).rounded(.toNearestOrAwayFromZero)
            return (column, column)
        }
        let (top, bottom) = (max(start.y, row - 0.5), min(end.y, row + 0.5))
        guard top <= bottom else { return nil }
        let ends = down > 0 ? [x(top), x(bottom)] : [start.x, end.x]
        let (first, last) = (min(ends[0], ends[1]).rounded(.up), max(ends[0], ends[1]).rounded(.down))
        return first <= last ? (first, last) : nil
    }
}
