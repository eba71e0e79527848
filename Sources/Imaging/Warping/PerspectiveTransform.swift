import Vision

/// A projective map of the plane: (x, y) ↦ (a x + b y + c, d x + e y + f) / (g x + h y + 1).
public struct PerspectiveTransform: Hashable, Sendable {
    var a: Double
    var b: Double
    var c: Double
    var d: Double
    var e: Double
    var f: Double
    var g = 0.0
    var h = 0.0

    /// The affine map (x, y) ↦ (`a` x + `b` y + `c`, `d` x + `e` y + `f`).
    public init(a: Double, b: Double, c: Double, d: Double, e: Double, f: Double) {
        self.a = a
        self.b = b
        self.c = c
        self.d = d
        self.e = e
        self.f = f
    }

    /// The map that takes the corners of a `width` × `height` picture, clockwise from its top left, to
    /// `quadrilateral`. `nil` unless there are four finite corners, no three of them in a line (P. Heckbert,
    /// Fundamentals of Texture Mapping and Image Warping, 1989, section 2.2.3).
    public init?(width: Int, height: Int, onto quadrilateral: [Point]) {
        guard quadrilateral.count == 4, width > 0, height > 0 else { return nil }
        let p = quadrilateral.map { SIMD2(Double($0.x), Double($0.y)) }
        let right = p[1] - p[2]
        let left = p[3] - p[2]
        let sum = p[0] - p[1] + p[2] - p[3]
        let determinant = cross(right, left)
        let corners = (0..<4).map { cross(p[($0 + 1) % 4] - p[$0], p[($0 + 3) % 4] - p[$0]) }
        guard determinant.isFinite, corners.allSatisfy({ abs($0) > 1e-9 }) else { return nil }
        let across = cross(sum, left) / determinant
        let down = cross(right, sum) / determinant
        let x = p[1] - p[0] + across * p[1]
        let y = p[3] - p[0] + down * p[3]
        self.init(
            a: x.x / Double(width), b: y.x / Double(height), c: p[0].x,
            d: x.y / Double(width), e: y.y / Double(height), f: p[0].y)
        g = across / Double(width)
        h = down / Double(height)
    }

    func callAsFunction(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        let scale = 1 / (g * x + h * y + 1)
        return ((a * x + b * y + c) * scale, (d * x + e * y + f) * scale)
    }
}

private func cross(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double { a.x * b.y - a.y * b.x }
