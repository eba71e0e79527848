import Testing
import Vision

@Suite struct TextRegionDecoderTests {
    struct Maps: Decodable {
        struct Region: Decodable {
            let corners: [[Float]]
            let score: Float
        }
        struct Map: Decodable {
            let width: Int
            let height: Int
            /// Level, count, level, count, …
            let runs: [Int]
            let regions: [Region]
        }
        let levels: Int
        let maps: [Map]
    }

    private func regions(
        _ values: [Float], _ width: Int, _ height: Int, minimumScore: Float = 0.5, unclip: Float = 1.6
    ) throws -> [TextRegion] {
        try withViews(of: [Tensor(name: "map", shape: [1, 1, height, width], values: values)]) { views in
            try TextRegionDecoder(unclip: unclip).regions(
                in: views, inputWidth: width, inputHeight: height, minimumScore: minimumScore)
        }
    }

    private func map(_ width: Int, _ height: Int, _ value: (Int, Int) -> Float) -> [Float] {
        (0..<height).flatMap { row in (0..<width).map { value($0, row) } }
    }

    /// The reference is OpenCV's: borders, smallest rectangle, filled polygon.
    @Test(arguments: 0..<8)
    func findsWhatTheReferenceFinds(_ index: Int) throws {
        let maps: Maps = try fixture("text_regions")
        let map = maps.maps[index]
        let values = stride(from: 0, to: map.runs.count, by: 2).flatMap { place in
            Array(repeating: Float(map.runs[place]) / Float(maps.levels), count: map.runs[place + 1])
        }
        let untouched = Letterbox(origin: Point(x: 0, y: 0), scaleX: 1, scaleY: 1, offset: Point(x: 0, y: 0))
        var found = try regions(values, map.width, map.height).map {
            $0.mapped(through: untouched, width: map.width, height: map.height)
        }
        #expect(found.count == map.regions.count)
        for expected in map.regions {
            let corners = expected.corners.map { Point(x: $0[0], y: $0[1]) }
            let match = found.firstIndex { region in
                zip(region.corners.points, corners).allSatisfy { near($0, $1, within: 0.5) }
                    && near(region.score, expected.score, within: 0.02)
            }
            let place = try #require(match, "no \(corners) of \(expected.score) in \(found)")
            found.remove(at: place)
        }
    }

    @Test func aBarIsGrownByItsAreaOverItsPerimeter() throws {
        let bar = map(60, 40) { x, y in (10..<40).contains(x) && (10..<20).contains(y) ? 0.8 : 0 }
        let found = try regions(bar, 60, 40)
        #expect(found.count == 1)
        // Dilation adds a pixel to the right and below: the outermost pixels lie 30 × 10 apart.
        let growth: Float = 30 * 10 * 1.6 / 80
        let box = try #require(found.first).corners.boundingRectangle
        #expect(near(box.x, 10 - growth, within: 1e-4) && near(box.right, 40 + growth, within: 1e-4))
        #expect(near(box.y, 10 - growth, within: 1e-4) && near(box.bottom, 20 + growth, within: 1e-4))
        // Of 31 × 11 pixels 30 × 10 are text.
        #expect(near(try #require(found.first).score, 0.8 * 300 / 341, within: 1e-5))
    }

    @Test func aHoleIsLookedAtToo() throws {
        let ring = map(80, 60) { x, y in
            let inHole = (20..<60).contains(x) && (20..<40).contains(y)
            return !inHole && (10..<70).contains(x) && (10..<50).contains(y) ? 1 : inHole ? 0.29 : 0
        }
        #expect(try regions(ring, 80, 60, minimumScore: 0.1).count == 2)
        #expect(try regions(ring, 80, 60, minimumScore: 0.5).count == 1)
    }

    @Test func regionsThatTouchAtACornerAreOne() throws {
        let touching = map(60, 40) { x, y in
            (5..<25).contains(x) && (5..<12).contains(y) || (26..<46).contains(x) && (13..<20).contains(y) ? 0.9 : 0
        }
        #expect(try regions(touching, 60, 40, minimumScore: 0).count == 1)
    }

    @Test func whatIsTooThinIsNoText() throws {
        let thin = map(60, 40) { x, y in (10..<40).contains(x) && (10..<12).contains(y) ? 1 : 0 }
        #expect(try regions(thin, 60, 40).isEmpty)
        let small = map(60, 40) { x, y in (10..<13).contains(x) && (10..<13).contains(y) ? 1 : 0 }
        #expect(try regions(small, 60, 40, minimumScore: 0, unclip: 1).isEmpty)
        #expect(try regions(small, 60, 40, minimumScore: 0, unclip: 3).count == 1)
    }

    @Test(arguments: [(1, 1), (1, 30), (30, 1), (2, 2), (64, 48)])
    func fullAndEmptyMapsOfAnySize(width: Int, height: Int) throws {
        #expect(try regions(map(width, height) { _, _ in 0 }, width, height).isEmpty)
        #expect(try regions(map(width, height) { _, _ in 1 }, width, height).count == (min(width, height) > 3 ? 1 : 0))
    }

    @Test func valuesThatAreNotFiniteAreNoText() throws {
        let odd: [Float] = [.nan, .infinity, -.infinity, .nan]
        #expect(try regions(map(20, 20) { x, y in odd[(x + y) % 4] }, 20, 20).isEmpty)
    }

    @Test(arguments: 0..<10)
    func noiseGivesFiniteRegionsInOrder(_ seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        let level = Float(seed) / 10
        let noise = map(70, 50) { _, _ in Float.random(in: 0...1, using: &random) > level ? 0.9 : 0.1 }
        for region in try regions(noise, 70, 50, minimumScore: 0) {
            #expect(region.corners.points.allSatisfy { $0.x.isFinite && $0.y.isFinite })
            #expect((0...1).contains(region.score))
            #expect(region.corners.topLeft.x <= region.corners.topRight.x)
        }
    }

    @Test func mappingUndoesTheLetterboxAndStaysInThePicture() {
        let letterbox = Letterbox(
            origin: Point(x: 100, y: 50), scaleX: 2, scaleY: 0.5, offset: Point(x: 10, y: 20))
        let region = TextRegion(
            corners: Quadrilateral(Rectangle(left: 20, top: 30, right: 5000, bottom: 40)), score: 0.7)
        let mapped = region.mapped(through: letterbox, width: 640, height: 480)
        #expect(mapped.corners.topLeft == Point(x: 105, y: 70))
        #expect(mapped.corners.bottomRight == Point(x: 639, y: 90))
        #expect(mapped.score == 0.7)
    }

    @Test(arguments: [[1, 1, 4, 5], [1, 5, 4], [1, 2, 5, 4], []])
    func anotherShapeIsRefused(_ shape: [Int]) {
        #expect(throws: DecodeError.self) {
            try withViews(of: [Tensor(name: "map", shape: shape)]) { views in
                try TextRegionDecoder().regions(in: views, inputWidth: 4, inputHeight: 5, minimumScore: 0.5)
            }
        }
    }
}
