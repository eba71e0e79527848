/// A rectangle of whole pixels inside a picture.
public struct PixelArea: Hashable, Sendable {
    public let x: Int
    public let y: Int
    public let width: Int
    public let height: Int

    init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// Edges rounded and clipped to 0…`width` × 0…`height`; never empty. What is not a number counts as 0.
    init(x: Float, right: Float, y: Float, bottom: Float, width: Int, height: Int) {
        let across = Self.span(x, right, limit: width)
        let down = Self.span(y, bottom, limit: height)
        self.init(x: across.lowerBound, y: down.lowerBound, width: across.count, height: down.count)
    }

    private static func span(_ low: Float, _ high: Float, limit: Int) -> Range<Int> {
        func edge(_ value: Float, _ range: ClosedRange<Int>) -> Int {
            guard !value.isNaN else { return range.lowerBound }
            return Int(min(max(value.rounded(), Float(range.lowerBound)), Float(range.upperBound)))
        }
        let start = edge(low, 0...limit - 1)
        return start..<edge(high, start + 1...limit)
    }
}
