import Glibc

/// Four corners in pixels, clockwise as seen (y down) from the top left.
public struct Quadrilateral: Hashable, Sendable {
    public var topLeft: Point
    public var topRight: Point
    public var bottomRight: Point
    public var bottomLeft: Point

    public init(topLeft: Point, topRight: Point, bottomRight: Point, bottomLeft: Point) {
        self.topLeft = topLeft
        self.topRight = topRight
        self.bottomRight = bottomRight
        self.bottomLeft = bottomLeft
    }

    public init(_ rectangle: Rectangle) {
        self.init(
            topLeft: Point(x: rectangle.x, y: rectangle.y),
            topRight: Point(x: rectangle.right, y: rectangle.y),
            bottomRight: Point(x: rectangle.right, y: rectangle.bottom),
            bottomLeft: Point(x: rectangle.x, y: rectangle.bottom))
    }

    /// Orders four corners given in any order: clockwise around their centre, from the one nearest to the picture's
    /// top left (least x + y). Right for anything turned by less than 45°.
    ///
    /// `nil` unless there are exactly four points, all finite.
    public init?(ordering corners: [Point]) {
        guard corners.count == 4, corners.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else { return nil }
        let centre = corners.mean
        let clockwise = corners.sorted { $0.angle(around: centre) < $1.angle(around: centre) }
        let first = (0..<4).min { clockwise[$0].x + clockwise[$0].y < clockwise[$1].x + clockwise[$1].y } ?? 0
        self.init(
            topLeft: clockwise[first], topRight: clockwise[(first + 1) % 4],
            bottomRight: clockwise[(first + 2) % 4], bottomLeft: clockwise[(first + 3) % 4])
    }

    /// Clockwise from the top left.
    public var points: [Point] { [topLeft, topRight, bottomRight, bottomLeft] }

    /// The longer of the top and the bottom side.
    public var width: Float { max(topLeft.distance(to: topRight), bottomLeft.distance(to: bottomRight)) }

    /// The longer of the left and the right side.
    public var height: Float { max(topLeft.distance(to: bottomLeft), topRight.distance(to: bottomRight)) }

    /// The smallest upright rectangle that holds all corners.
    public var boundingRectangle: Rectangle {
        Rectangle(
            left: min(min(topLeft.x, topRight.x), min(bottomRight.x, bottomLeft.x)),
            top: min(min(topLeft.y, topRight.y), min(bottomRight.y, bottomLeft.y)),
            right: max(max(topLeft.x, topRight.x), max(bottomRight.x, bottomLeft.x)),
            bottom: max(max(topLeft.y, topRight.y), max(bottomRight.y, bottomLeft.y)))
    }
}

extension Point {
    public func distance(to other: Point) -> Float {
        let across = other.x - x
        let down = other.y - y
        return (across * across + down * down).squareRoot()
    }

    /// −π to π, growing clockwise as seen, because y grows downwards.
    fileprivate func angle(around centre: Point) -> Float { atan2f(y - centre.y, x - centre.x) }
}

extension [Point] {
    /// The centre of gravity; not a number for no points.
    var mean: Point {
        let sum = reduce(into: Point(x: 0, y: 0)) { sum, point in
            sum.x += point.x
            sum.y += point.y
        }
        return Point(x: sum.x / Float(count), y: sum.y / Float(count))
    }
}
