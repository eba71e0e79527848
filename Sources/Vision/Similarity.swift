/// A turn, an even scale and a shift: x′ = a·x − b·y + tx, y′ = b·x + a·y + ty.
public struct Similarity: Hashable, Sendable {
    public let a: Float
    public let b: Float
    public let tx: Float
    public let ty: Float

    public init(a: Float, b: Float, tx: Float, ty: Float) {
        self.a = a
        self.b = b
        self.tx = tx
        self.ty = ty
    }

    /// The similarity without reflection that maps `source` to `target` with the least sum of squared distances:
    /// S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns", 1991.
    /// In two dimensions that is one division of complex numbers, no singular value decomposition is needed.
    ///
    /// Face alignment: the five landmarks as `source`, the template of the embedding model as `target`.
    /// `nil` when the counts differ, are below two, or the source points coincide or are not finite.
    public init?(mapping source: [Point], to target: [Point]) {
        guard source.count == target.count, source.count >= 2 else { return nil }
        let from = source.mean
        let to = target.mean
        var spread: Float = 0
        var along: Float = 0
        var across: Float = 0
        for (one, other) in zip(source, target) {
            let (sx, sy, dx, dy) = (one.x - from.x, one.y - from.y, other.x - to.x, other.y - to.y)
            spread += sx * sx + sy * sy
            along += sx * dx + sy * dy
            across += sx * dy - sy * dx
        }
        let (a, b) = (along / spread, across / spread)
        guard spread > 0, a.isFinite, b.isFinite else { return nil }
        self.init(a: a, b: b, tx: to.x - a * from.x + b * from.y, ty: to.y - b * from.x - a * from.y)
    }

    public func apply(_ point: Point) -> Point {
        Point(x: a * point.x - b * point.y + tx, y: b * point.x + a * point.y + ty)
    }

    /// `nil` when everything is mapped to one point.
    public var inverse: Similarity? {
        let square = a * a + b * b
        guard square > 0, square.isFinite else { return nil }
        let (ia, ib) = (a / square, -b / square)
        return Similarity(a: ia, b: ib, tx: -(ia * tx - ib * ty), ty: -(ib * tx + ia * ty))
    }
}
