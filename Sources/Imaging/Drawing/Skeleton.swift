import Vision

/// Which key points of a person are joined.
public struct Skeleton: Hashable, Sendable {
    /// One bone: the indices of its two points.
    public struct Edge: Hashable, Sendable {
        public let start: Int
        public let end: Int
    }

    public let edges: [Edge]

    /// - Parameter edges: pairs of indices of key points.
    public init(edges: [(Int, Int)]) { self.edges = edges.map { Edge(start: $0.0, end: $0.1) } }

    /// The skeleton of COCO's 17 key points (`person_keypoints` annotations; nose, eyes, ears, shoulders, elbows,
    /// wrists, hips, knees, ankles, left before right).
    public static let coco = Skeleton(edges: [
        (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9), (8, 10),
        (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
    ])

    /// The bones between points that are both at least `threshold` sure; without confidences, between all.
    /// Indices that have no point are left out.
    public func lines(
        through points: [Point], confidences: [Float] = [], threshold: Float = 0
    ) -> [Annotation.Line] {
        func isSeen(_ index: Int) -> Bool {
            points.indices.contains(index)
                && (confidences.isEmpty || confidences.indices.contains(index) && confidences[index] >= threshold)
        }
        return edges.filter { isSeen($0.start) && isSeen($0.end) }.map {
            Annotation.Line(points[$0.start], points[$0.end])
        }
    }
}

extension Annotation.Line {
    /// The part inside a picture, `nil` when there is none or a value is not finite: Y.-D. Liang and B. A. Barsky, "A
    /// new concept and method for line clipping", 1984.
    func clipped(width: Float, height: Float) -> Annotation.Line? {
        guard start.x.isFinite, start.y.isFinite, end.x.isFinite, end.y.isFinite else { return nil }
        let (x, y) = (Double(start.x), Double(start.y))
        let (across, down) = (Double(end.x) - x, Double(end.y) - y)
        var (first, last) = (0.0, 1.0)
        let edges = [(-across, x), (across, Double(width) - x), (-down, y), (down, Double(height) - y)]
        for (direction, distance) in edges {
            if direction == 0 {
                guard distance >= 0 else { return nil }
            } else if direction < 0 {
                first = max(first, distance / direction)
            } else {
                last = min(last, distance / direction)
            }
        }
        guard first <= last else { return nil }
        // Far away ends leave rounding errors larger than the picture.
        func point(_ share: Double) -> Point {
            Point(
                x: Float(min(max(x + share * across, 0), Double(width))),
                y: Float(min(max(y + share * down, 0), Double(height))))
        }
        return Annotation.Line(point(first), point(last))
    }
}
