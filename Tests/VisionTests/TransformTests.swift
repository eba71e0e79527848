import Testing
import Vision

@Suite struct TransformTests {
    struct SimilarityFixture: Decodable {
        struct Face: Decodable {
            let points: [[Float]]
            let matrix: [[Float]]
        }
        let template: [[Float]]
        let faces: [Face]
    }

    struct HomographyFixture: Decodable {
        struct Quad: Decodable {
            let from: [[Float]]
            let to: [[Float]]
            let matrix: [[Double]]
        }
        let quads: [Quad]
    }

    @Test func alignsFacesAsTheReference() throws {
        let fixture: SimilarityFixture = try fixture("similarity")
        try #require(!fixture.faces.isEmpty)
        for face in fixture.faces {
            let found = try #require(Similarity(mapping: points(face.points), to: points(fixture.template)))
            let (top, bottom) = (face.matrix[0], face.matrix[1])
            #expect(near(found.a, top[0], within: 1e-4) && near(found.a, bottom[1], within: 1e-4))
            #expect(near(found.b, bottom[0], within: 1e-4) && near(-found.b, top[1], within: 1e-4))
            #expect(near(found.tx, top[2], within: 0.02) && near(found.ty, bottom[2], within: 0.02))
        }
    }

    @Test(arguments: [0, 17, -80, 179] as [Float], [0.1, 1, 12] as [Float])
    func anExactSimilarityIsFoundAgain(_ degrees: Float, _ scale: Float) throws {
        let turn = Similarity(turnedBy: degrees)
        let truth = Similarity(a: turn.a * scale, b: turn.b * scale, tx: -20, ty: 33)
        let source = [(3, 4), (80, 9), (40, 50), (12, 90), (75, 88)].map { Point(x: $0.0, y: $0.1) }
        let found = try #require(Similarity(mapping: source, to: source.map(truth.apply)))
        let back = try #require(found.inverse)
        for point in source {
            #expect(near(found.apply(point), truth.apply(point), within: 2e-3))
            #expect(near(back.apply(truth.apply(point)), point, within: 2e-2))
        }
    }

    @Test func aMirroredFaceIsNotMirroredBack() throws {
        let source = [(0, 0), (10, 0), (0, 10)].map { Point(x: $0.0, y: $0.1) }
        let found = try #require(Similarity(mapping: source, to: source.map { Point(x: -$0.x, y: $0.y) }))
        #expect(found.a * found.a + found.b * found.b <= 1)  // a turn at most: no reflection can be expressed
    }

    @Test func pointsThatSayNothingGiveNoSimilarity() {
        let same = Array(repeating: Point(x: 1, y: 1), count: 5)
        #expect(Similarity(mapping: same, to: same) == nil)
        #expect(Similarity(mapping: [same[0]], to: [same[0]]) == nil)
        #expect(Similarity(mapping: same, to: Array(same.prefix(4))) == nil)
        #expect(Similarity(mapping: [Point(x: .nan, y: 0), same[0]], to: [same[0], same[0]]) == nil)
        #expect(Similarity(a: 0, b: 0, tx: 1, ty: 1).inverse == nil)
    }

    @Test func flattensPlatesAsOpenCV() throws {
        let fixture: HomographyFixture = try fixture("homography")
        try #require(!fixture.quads.isEmpty)
        for quad in fixture.quads {
            let found = try #require(Homography(from: corners(quad.from), to: corners(quad.to)))
            for (row, expected) in zip([found.row0, found.row1, found.row2], quad.matrix) {
                for column in 0..<3 { #expect(abs(row[column] - expected[column]) < 1e-4) }
            }
        }
    }

    @Test(arguments: 0..<25)
    func aHomographyMapsCornersToCornersAndBack(_ seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        func jitter(_ rectangle: Rectangle) -> Quadrilateral {
            let moved = Quadrilateral(rectangle).points.map {
                Point(x: $0.x + .random(in: -20...20, using: &random), y: $0.y + .random(in: -20...20, using: &random))
            }
            return corners(moved.map { [$0.x, $0.y] })
        }
        let source = jitter(Rectangle(x: 300, y: 200, width: 160, height: 80))
        let target = jitter(Rectangle(x: 0, y: 0, width: 128, height: 64))
        let there = try #require(Homography(from: source, to: target))
        let back = try #require(there.inverse)
        for (one, other) in zip(source.points, target.points) {
            #expect(near(there.apply(one), other, within: 1e-2))
            #expect(near(back.apply(other), one, within: 1e-2))
        }
        let inside = Point(x: 380, y: 240)
        #expect(near(back.apply(there.apply(inside)), inside, within: 1e-2))
    }

    @Test func cornersOnALineGiveNoHomography() {
        let square = Quadrilateral(Rectangle(x: 0, y: 0, width: 10, height: 10))
        let line = corners([[0, 0], [5, 0], [10, 0], [0, 10]])
        let point = corners([[1, 1], [1, 1], [1, 1], [1, 1]])
        let broken = corners([[.nan, 0], [5, 0], [10, 10], [0, 10]])
        for flat in [line, point, broken] {
            #expect(Homography(from: flat, to: square) == nil)
            #expect(Homography(from: square, to: flat) == nil)
        }
    }

    private func points(_ rows: [[Float]]) -> [Point] { rows.map { Point(x: $0[0], y: $0[1]) } }

    private func corners(_ rows: [[Float]]) -> Quadrilateral {
        let points = points(rows)
        return Quadrilateral(
            topLeft: points[0], topRight: points[1], bottomRight: points[2], bottomLeft: points[3])
    }
}
