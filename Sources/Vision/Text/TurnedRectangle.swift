/// A rectangle turned in the plane.
struct TurnedRectangle: Hashable {
    var centre: SIMD2<Double>
    /// Direction of the side `width`, of length 1.
    var axis: SIMD2<Double>
    var width: Double
    var height: Double

    /// The rectangle of least area that holds all points; one of its sides lies on a side of their convex hull
    /// (H. Freeman, R. Shapira, "Determining the minimum-area encasing rectangle for an arbitrary closed curve", 1975).
    /// `nil` for fewer than two different points.
    init?(enclosing points: [SIMD2<Int32>]) {
        let hull = convexHull(of: points).map { SIMD2<Double>($0) }
        guard hull.count >= 2 else { return nil }
        var best: TurnedRectangle?
        for index in hull.indices {
            let side = hull[(index + 1) % hull.count] - hull[index]
            let rectangle = TurnedRectangle(enclosing: hull, along: side / (side * side).sum().squareRoot())
            if let best, best.area <= rectangle.area { continue }
            best = rectangle
        }
        guard let best else { return nil }
        self = best
    }

    private init(enclosing points: [SIMD2<Double>], along axis: SIMD2<Double>) {
        let normal = SIMD2(-axis.y, axis.x)
        var low = SIMD2(Double.infinity, .infinity)
        var high = -low
        for point in points {
            let position = SIMD2((point * axis).sum(), (point * normal).sum())
            low = pointwiseMin(low, position)
            high = pointwiseMax(high, position)
        }
        let middle = (low + high) / 2
        self.axis = axis
        centre = axis * middle.x + normal * middle.y
        width = high.x - low.x
        height = high.y - low.y
    }

    var area: Double { width * height }
    var shorterSide: Double { min(width, height) }

    /// With every side moved outwards by `distance`.
    func grown(by distance: Double) -> TurnedRectangle {
        var grown = self
        grown.width += 2 * distance
        grown.height += 2 * distance
        return grown
    }

    /// The corners, once around.
    var corners: [SIMD2<Double>] {
        let along = axis * (width / 2)
        let across = SIMD2(-axis.y, axis.x) * (height / 2)
        return [centre - along - across, centre + along - across, centre + along + across, centre - along + across]
    }
}

/// The corners of the convex hull, once around, without points on its sides: A. M. Andrew, "Another efficient algorithm
/// for convex hulls in two dimensions", 1979. Fewer than three for points on a line.
private func convexHull(of points: [SIMD2<Int32>]) -> [SIMD2<Int32>] {
    let sorted = points.sorted { $0.y == $1.y ? $0.x < $1.x : $0.y < $1.y }
    let lower = chain(sorted)
    let upper = chain(sorted.reversed())
    let hull = Array(lower.dropLast() + upper.dropLast())
    return hull.isEmpty ? lower : hull
}

private func chain(_ points: some Sequence<SIMD2<Int32>>) -> [SIMD2<Int32>] {
    var chain: [SIMD2<Int32>] = []
    for point in points where point != chain.last {
        while chain.count >= 2, !turns(chain[chain.count - 2], chain[chain.count - 1], point) { chain.removeLast() }
        chain.append(point)
    }
    return chain
}

private func turns(_ one: SIMD2<Int32>, _ two: SIMD2<Int32>, _ three: SIMD2<Int32>) -> Bool {
    let (first, second) = (two &- one, three &- one)
    return Int64(first.x) * Int64(second.y) - Int64(first.y) * Int64(second.x) > 0
}
