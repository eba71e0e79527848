import Testing
import Vision

@Suite struct SuppressionTests {
    @Test(arguments: 0..<40)
    func equalsTheBruteForce(_ seed: Int) {
        var random = Seeded(state: UInt64(seed))
        let crowd = crowd(of: 5 + 3 * seed, classes: 1 + seed % 4, using: &random)
        for threshold: Float in [0, 0.3, 0.6, 1] {
            let kept = crowd.suppressed(iou: threshold)
            #expect(kept.map(\.key) == bruteForce(crowd, threshold).map(\.key))
        }
    }

    @Test func keptOnesOfAClassNeverOverlapByMoreThanTheThreshold() {
        var random = Seeded(state: 99)
        let kept = crowd(of: 300, classes: 3, using: &random).suppressed(iou: 0.45)
        for (index, one) in kept.enumerated() {
            for other in kept.dropFirst(index + 1) where other.classIndex == one.classIndex {
                #expect(one.box.intersectionOverUnion(other.box) <= 0.45)
            }
        }
        #expect(kept.map(\.score) == kept.map(\.score).sorted(by: >))
    }

    @Test func equalScoresKeepTheirOrder() {
        let row = (0..<20).map { index in
            Detection(box: Rectangle(x: Float(index) * 50, y: 0, width: 10, height: 10), score: 0.5)
        }
        #expect(row.suppressed(iou: 0.5).map(\.box) == row.map(\.box))
    }

    @Test func overlapOfDifferentClassesIsNoReason() {
        let box = Rectangle(x: 0, y: 0, width: 10, height: 10)
        let pair = [Detection(box: box, score: 0.9, classIndex: 1), Detection(box: box, score: 0.8, classIndex: 2)]
        #expect(pair.suppressed(iou: 0.5).count == 2)
        #expect(pair.merged().map(\.classIndex) == [1])
    }

    @Test func onlyTheBestAreComparedAndReturned() {
        var random = Seeded(state: 3)
        let crowd = (0..<30_000).map { index in
            Detection(
                box: Rectangle(x: Float(index) * 20, y: 0, width: 10, height: 10),
                score: Float.random(in: 0...1, using: &random))
        }
        let best = crowd.map(\.score).sorted(by: >)
        #expect(crowd.suppressed(iou: 0.5).map(\.score) == Array(best.prefix(1000)))
        #expect(crowd.suppressed(iou: 0.5, candidates: 7).count == 7)
        #expect(crowd.suppressed(iou: 0.5, limit: 3).map(\.score) == Array(best.prefix(3)))
    }

    @Test(arguments: [0, -1, Int.min])
    func noRoomMeansNone(_ room: Int) {
        let one = [Detection(box: Rectangle(x: 0, y: 0, width: 1, height: 1), score: 1)]
        #expect(one.suppressed(iou: 0.5, limit: room).isEmpty)
        #expect(one.suppressed(iou: 0.5, candidates: room).isEmpty)
    }

    @Test func scoresThatAreNoNumbersAreLeftOut() {
        let box = Rectangle(x: 0, y: 0, width: 1, height: 1)
        let mixed = [Float.nan, 0.5, .infinity].map { Detection(box: box, score: $0) }
        #expect(mixed.suppressed(iou: 0.5).map(\.score) == [0.5])
    }

    @Test func mergingJoinsAPlateSeenWholeAndInPart() {
        let whole = Detection(box: Rectangle(x: 100, y: 100, width: 100, height: 40), score: 0.7)
        let part = Detection(box: Rectangle(x: 102, y: 105, width: 40, height: 30), score: 0.9)
        let shifted = Detection(box: Rectangle(x: 110, y: 100, width: 100, height: 40), score: 0.6)
        let another = Detection(box: Rectangle(x: 300, y: 100, width: 100, height: 40), score: 0.5)
        #expect([whole, shifted, another].merged().map(\.score) == [0.7, 0.5])
        #expect([whole, part, another].merged().map(\.score) == [0.9, 0.5])
        #expect([whole, part, another].merged(containment: 1).map(\.score) == [0.9, 0.7, 0.5])
    }

    private func crowd(of count: Int, classes: Int, using random: inout Seeded) -> [Detection] {
        (0..<count).map { _ in
            Detection(
                box: Rectangle(
                    x: .random(in: 0...60, using: &random), y: .random(in: 0...60, using: &random),
                    width: .random(in: 1...50, using: &random), height: .random(in: 1...50, using: &random)),
                score: Float(Int.random(in: 0...20, using: &random)) / 20,
                classIndex: .random(in: 0..<classes, using: &random))
        }
    }

    /// The definition: one that no kept better one of its class overlaps by more than the threshold is kept.
    private func bruteForce(_ crowd: [Detection], _ threshold: Float) -> [Detection] {
        let order = crowd.indices.sorted { (crowd[$1].score, $0) < (crowd[$0].score, $1) }
        var kept: [Int] = []
        for index in order {
            var free = true
            for other in kept where crowd[other].classIndex == crowd[index].classIndex {
                let (one, two) = (crowd[other].box, crowd[index].box)
                let across = max(0, min(one.right, two.right) - max(one.x, two.x))
                let down = max(0, min(one.bottom, two.bottom) - max(one.y, two.y))
                let overlap = across * down
                if overlap > 0, overlap / (one.area + two.area - overlap) > threshold { free = false }
            }
            if free { kept.append(index) }
        }
        return kept.map { crowd[$0] }
    }
}

extension Detection {
    fileprivate var key: [Float] { [box.x, box.y, box.width, box.height, score, Float(classIndex)] }
}
