/// A projective map of the plane: (x, y, 1) times the three rows, divided by the third result.
public struct Homography: Hashable, Sendable {
    public let row0: SIMD3<Double>
    public let row1: SIMD3<Double>
    public let row2: SIMD3<Double>

    public init(row0: SIMD3<Double>, row1: SIMD3<Double>, row2: SIMD3<Double>) {
        self.row0 = row0
        self.row1 = row1
        self.row2 = row2
    }

    /// The map that takes the corners of `source` to those of `target`; to flatten a plate, from the flat picture's
    /// rectangle to the plate's corners (a warp asks for each pixel of the result where it comes from).
    ///
    /// `nil` when three corners of either lie on a line or a value is not finite.
    public init?(from source: Quadrilateral, to target: Quadrilateral) {
        var equations: [[Double]] = []
        for (one, other) in zip(source.points, target.points) {
            let (x, y, u, v) = (Double(one.x), Double(one.y), Double(other.x), Double(other.y))
            equations.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
            equations.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
        }
        guard let h = Self.solution(of: equations) else { return nil }
        self.init(row0: [h[0], h[1], h[2]], row1: [h[3], h[4], h[5]], row2: [h[6], h[7], 1])
        guard inverse != nil else { return nil }
    }

    /// Not finite for a point that the map takes to infinity.
    public func apply(_ point: Point) -> Point {
        let position = SIMD3(Double(point.x), Double(point.y), 1)
        let depth = (row2 * position).sum()
        return Point(x: Float((row0 * position).sum() / depth), y: Float((row1 * position).sum() / depth))
    }

    /// `nil` when the map squeezes the plane to a line or a point.
    public var inverse: Homography? {
        let (a, b, c) = (cross(row1, row2), cross(row2, row0), cross(row0, row1))
        let determinant = (row0 * a).sum()
        guard determinant.isFinite, abs(determinant) > 1e-12 else { return nil }
        return Homography(
            row0: SIMD3(a.x, b.x, c.x) / determinant, row1: SIMD3(a.y, b.y, c.y) / determinant,
            row2: SIMD3(a.z, b.z, c.z) / determinant)
    }

    /// Gauss–Jordan elimination with partial pivoting; each row holds its coefficients and then its right side.
    private static func solution(of equations: [[Double]]) -> [Double]? {
        var rows = equations
        let count = rows.count
        for column in 0..<count {
            let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
            rows.swapAt(column, pivot)
            let lead = rows[column][column]
            guard lead.isFinite, abs(lead) > 1e-9 else { return nil }
            for row in 0..<count where row != column {
                let factor = rows[row][column] / lead
                for index in column...count { rows[row][index] -= factor * rows[column][index] }
            }
        }
        let solution = (0..<count).map { rows[$0][count] / rows[$0][$0] }
        return solution.allSatisfy(\.isFinite) ? solution : nil
    }
}

private func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}
