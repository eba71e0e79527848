import Testing
import Vision

/// Weighted suppression.
@Suite struct BlendingTests {
    @Test func boxAndPointsBecomeTheMeanWeightedByScore() {
        let faces = [
            Detection(
                box: Rectangle(x: 0, y: 0, width: 10, height: 10), score: 0.6, points: [Point(x: 2, y: 4)],
                pointScores: [0.1]),
            Detection(
                box: Rectangle(x: 2, y: 1, width: 12, height: 10), score: 0.9, points: [Point(x: 7, y: 9)],
                pointScores: [0.2]),
        ]
        let blended = faces.blended(iou: 0.3)
        // Weights 0.4 and 0.6.
        let box = Rectangle(left: 1.2, top: 0.6, right: 12.4, bottom: 10.6)
        #expect(blended.map(\.score) == [0.9])
        #expect(blended.allSatisfy { near($0.box.x, box.x, within: 1e-5) && near($0.box.y, box.y, within: 1e-5) })
        #expect(blended.allSatisfy { near($0.box.right, box.right, within: 1e-5) })
        #expect(blended.allSatisfy { near($0.box.bottom, box.bottom, within: 1e-5) })
        #expect(blended.allSatisfy { near($0.points[0], Point(x: 5, y: 7), within: 1e-5) })
        #expect(blended.map(\.pointScores) == [[0.2]])
    }

    /// The middle one overlaps both others, which do not overlap each other.
    @Test func whatIsFarFromTheBestStaysThoughItOverlapsOneThatWasBlended() {
        let row = [Float(0), 4, 8].map { Rectangle(x: $0, y: 0, width: 10, height: 10) }
        let scores: [Float] = [0.9, 0.3, 0.6]
        let blended = zip(row, scores).map { Detection(box: $0, score: $1) }.blended(iou: 0.3)
        #expect(blended.map(\.score) == [0.9, 0.6])
        #expect(zip(blended, [1, 8]).allSatisfy { near($0.box.x, $1, within: 1e-5) })
    }

    @Test func classesAreBlendedEachForItself() {
        let pair = [1, 2].map {
            Detection(box: Rectangle(x: Float($0), y: 0, width: 10, height: 10), score: 0.5, classIndex: $0)
        }
        #expect(pair.blended(iou: 0).map(\.box) == pair.map(\.box))
    }

    @Test func whatBlendsWithNothingIsUnchanged() {
        let one = Detection(box: Rectangle(x: 0.1, y: 0.2, width: 0.3, height: 0.7), score: 0.3)
        #expect([one].blended(iou: 0.3).map(\.box) == [one.box])
        let nothing = [one, one].map { Detection(box: $0.box, score: 0) }
        #expect(nothing.blended(iou: 0.3).map(\.box) == [one.box])
    }

    @Test(arguments: 0..<20)
    func asManyStayAsTheBestOfEachGroup(_ seed: Int) {
        var random = Seeded(state: UInt64(seed))
        let crowd = (0..<60).map { _ in
            Detection(
                box: Rectangle(
                    x: .random(in: 0...60, using: &random), y: .random(in: 0...60, using: &random),
                    width: .random(in: 1...50, using: &random), height: .random(in: 1...50, using: &random)),
                score: .random(in: 0.1...1, using: &random))
        }
        let blended = crowd.blended(iou: 0.3)
        // Comparing with the best of a group alone is what the greedy suppression does, too.
        #expect(blended.map(\.score) == crowd.suppressed(iou: 0.3).map(\.score))
        #expect(crowd.blended(iou: 1).map(\.box) == crowd.bestFirst().map(\.box))
        #expect(crowd.blended(iou: 0.3, limit: 2).map(\.box) == blended.prefix(2).map(\.box))
        #expect(blended.allSatisfy { $0.box.x >= 0 && $0.box.right <= 110 })
    }

    @Test(arguments: [0, -1, Int.min])
    func noRoomMeansNone(_ room: Int) {
        let one = [Detection(box: Rectangle(x: 0, y: 0, width: 1, height: 1), score: 1)]
        #expect(one.blended(iou: 0.5, limit: room).isEmpty)
        #expect(one.blended(iou: 0.5, candidates: room).isEmpty)
        #expect(one.bestFirst(limit: room).isEmpty)
    }

    @Test func bestFirstOrdersByScoreAndThenByPlace() {
        let box = Rectangle(x: 0, y: 0, width: 1, height: 1)
        let mixed = [0.2, .nan, 0.7, 0.2, .infinity].enumerated().map {
            Detection(box: box, score: $0.element, classIndex: $0.offset)
        }
        #expect(mixed.bestFirst().map(\.classIndex) == [2, 0, 3])
        #expect(mixed.bestFirst(limit: 1).map(\.classIndex) == [2])
    }
}
