import Vision

/// An upright rectangle in pixels of the picture as displayed, in double precision: metrics are compared with
/// reference implementations that calculate so.
public struct Box: Hashable, Sendable, Codable {
    public var x: Double
    public var y: Double
    public var width: Double
    public var height: Double

    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    public init(_ rectangle: Rectangle) {
        self.init(
            x: Double(rectangle.x), y: Double(rectangle.y), width: Double(rectangle.width),
            height: Double(rectangle.height))
    }

    public var right: Double { x + width }
    public var bottom: Double { y + height }
    public var area: Double { width * height }

    /// Whether every number is finite and both sides are longer than nothing.
    public var isUsable: Bool {
        x.isFinite && y.isFinite && right.isFinite && bottom.isFinite && width > 0 && height > 0
    }

    /// Intersection over union, 0–1. Against a crowd (`isCrowd`) the divisor is this box's own area, as in COCO.
    public func overlap(with label: Box, isCrowd: Bool = false) -> Double {
        let across = min(right, label.right) - max(x, label.x)
        let down = min(bottom, label.bottom) - max(y, label.y)
        guard across > 0, down > 0 else { return 0 }
        let common = across * down
        return common / (isCrowd ? area : area + label.area - common)
    }
}
