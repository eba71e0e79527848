import Evaluation
import Testing

@Suite struct MetricPropertyTests {
    private typealias Picture = (labels: [LabelledObject], detections: [DetectedObject])

    @Test(arguments: 0..<10)
    func aPerfectDetectorHasOneAndAnEmptyOneZero(_ seed: Int) {
        let pictures = labels(seed: UInt64(seed))
        let perfect = pictures.map { labels in
            (labels, labels.map { DetectedObject(box: $0.box, score: 0.9, category: $0.category) })
        }
        let accuracy = DetectionAccuracy(perfect, categories: ["a", "b"])
        #expect(near(accuracy.ap50(), 1) && near(accuracy.ap5095(), 1))
        #expect(accuracy.recall(score: 0.5).value == 1 && accuracy.precision(score: 0.5).value == 1)
        #expect(accuracy.recall(score: 0.95).value == 0)
        let empty = DetectionAccuracy(pictures.map { ($0, []) }, categories: ["a", "b"])
        #expect(empty.ap50() == 0 && empty.ap5095() == 0 && empty.recall(score: 0).value == 0)
    }

    @Test(arguments: 0..<10)
    func theOrderOfPicturesAndObjectsChangesNothing(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let pictures = noisy(seed: UInt64(seed))
        let shuffled = pictures.shuffled(using: &random).map { picture in
            (labels: picture.labels.shuffled(using: &random), detections: picture.detections.shuffled(using: &random))
        }
        let one = DetectionAccuracy(pictures, categories: ["a", "b"])
        let other = DetectionAccuracy(shuffled, categories: ["a", "b"])
        #expect(near(one.ap5095(), other.ap5095() ?? -1))
        #expect(one.recall(score: 0.5) == other.recall(score: 0.5))
    }

    @Test(arguments: 0..<10)
    func onlyTheOrderOfScoresMatters(_ seed: Int) {
        let pictures = noisy(seed: UInt64(seed))
        let squeezed = pictures.map { picture in
            (
                labels: picture.labels,
                detections: picture.detections.map { detection in
                    var squeezed = detection
                    squeezed.score = detection.score * detection.score / 2
                    return squeezed
                }
            )
        }
        let one = DetectionAccuracy(pictures, categories: ["a"]).ap5095()
        #expect(near(DetectionAccuracy(squeezed, categories: ["a"]).ap5095(), one ?? -1))
    }

    @Test func nothingLabelledMeansNoFigure() {
        let accuracy = DetectionAccuracy([(labels: [], detections: [])], categories: ["a"])
        #expect(accuracy.ap50() == nil && accuracy.recall(score: 0).value == nil)
        #expect(DetectionAccuracy([], categories: []).intervals(Bootstrap()).ap50 == nil)
    }

    @Test func answersThatAreNoNumbersAreLeftOut() {
        let label = LabelledObject(box: Box(x: 0, y: 0, width: 10, height: 10), category: "a")
        let broken = [
            DetectedObject(box: label.box, score: .nan, category: "a"),
            DetectedObject(box: Box(x: .infinity, y: 0, width: 1, height: 1), score: 1, category: "a"),
        ]
        #expect(DetectionAccuracy([([label], broken)], categories: ["a"]).ap50() == 0)
    }

    @Test(arguments: 1..<8)
    func theIntervalOfAveragePrecisionHoldsItAndIsTheSameAgain(_ seed: Int) throws {
        let accuracy = DetectionAccuracy(noisy(seed: UInt64(seed), count: 40), categories: ["a", "b"])
        let interval = try #require(accuracy.intervals(Bootstrap(replicates: 200)).ap50)
        let value = try #require(accuracy.ap50())
        #expect(interval.low <= value && value <= interval.high && interval.low < interval.high)
        #expect(accuracy.intervals(Bootstrap(replicates: 200)).ap50 == interval)
        #expect(accuracy.intervals(Bootstrap(replicates: 200, seed: 5)).ap50 != interval)
    }

    /// The spread of a mean is known: 1.96 standard errors to each side.
    @Test func theBootstrapOfAMeanIsAsWideAsTheStandardErrorSays() throws {
        var random = SeededGenerator(seed: 1)
        let values = (0..<400).map { _ in Double.random(in: 0...1, using: &random) }
        let interval = try #require(Bootstrap(replicates: 2000).interval(ofMeanOf: values))
        let wanted = 2 * 1.96 * (1.0 / 12).squareRoot() / 20
        #expect(abs(interval.high - interval.low - wanted) < 0.1 * wanted)
    }

    @Test func nobodyIsInBothPartsOfAFoldByPerson() throws {
        let perfect = allPairs(people: 40, separation: 1)
        let folds = try #require(FoldAccuracy(byPerson: perfect))
        #expect(folds.mean == 1 && folds.standardError == 0)
        // Ten people give a fold one person and no pair of different people.
        #expect(FoldAccuracy(byPerson: allPairs(people: 10, separation: 1)) == nil)
        let chance = try #require(FoldAccuracy(byPerson: allPairs(people: 60, separation: 0)))
        #expect((0.4...0.6).contains(chance.mean))
    }

    @Test func perfectScoresHaveNoErrorAndReversedOnesAll() {
        let perfect = ScoredPairs(allPairs(people: 20, separation: 1)).curve()
        #expect(perfect.equalErrorRate == 0 && near(perfect.area, 1))
        #expect(perfect.step(atFalseAcceptRate: 0)?.trueAcceptRate == 1)
        let reversed = ScoredPairs(allPairs(people: 20, separation: -1)).curve()
        #expect(near(reversed.equalErrorRate, 1) && near(reversed.area, 0))
        #expect(ScoredPairs([]).curve().isEmpty)
        #expect(ScoredPairs([ScoredPair(score: .nan, first: 0, second: 1)]).impostorCount == 0)
    }

    @Test(arguments: [
        ("", "", 0), ("51F12345", "51F12345", 0), ("AB", "", 2), ("KITTEN", "SITTING", 3), ("ABC", "CAB", 2),
    ])
    func editDistanceIsLevenshteins(_ one: String, _ other: String, _ wanted: Int) {
        #expect(editDistance(one, other) == wanted && editDistance(other, one) == wanted)
    }

    @Test func platesAreCountedApart() {
        var accuracy = PlateAccuracy()
        let box = { (x: Double) in Box(x: x, y: 0, width: 40, height: 10) }
        let label = { (x: Double, text: String) in LabelledObject(box: box(x), category: "plate", text: text) }
        let answer = { (x: Double, text: String?) in
            DetectedObject(box: box(x), score: 0.9, category: "plate", text: text)
        }
        accuracy.add(
            labels: [label(0, "51F-123.45"), label(100, "AB0I"), label(200, "XYZ9"), label(300, "GONE")],
            detections: [answer(1, "51F12345"), answer(101, "ABO1"), answer(202, nil), answer(500, "EXTRA")])
        #expect(accuracy.exact == Rate(1, of: 4) && accuracy.exactFolded == Rate(2, of: 4))
        #expect(accuracy.detectionRecall == Rate(3, of: 4) && accuracy.readingRate == Rate(1, of: 3))
        #expect(accuracy.detectionPrecision == Rate(3, of: 4) && accuracy.spurious == 1)
        #expect(near(accuracy.characterErrorRate, 6.0 / 16) && near(accuracy.characterErrorRateOfAll, 10.0 / 20))
    }

    @Test func abstentionsLowerCoverageAndNotPrecision() {
        let matrix = ConfusionMatrix([("sitting", "sitting"), ("sitting", nil), ("lying", "sitting"), ("lying", nil)])
        #expect(matrix.coverage == Rate(2, of: 4) && matrix.precision == Rate(1, of: 2))
        #expect(matrix.accuracy == Rate(1, of: 4) && matrix.abstained == [1, 1])
    }

    @Test func livenessHasNoAttackErrorsWithoutAttacks() {
        let live = LivenessAccuracy([(nil, true), (nil, false)])
        #expect(live.bpcer == 0.5 && live.apcer == nil && live.acer == nil)
        let both = LivenessAccuracy([
            (nil, true), ("print", false), ("print", false), ("replay", true), ("replay", false),
        ])
        #expect(both.bpcer == 0 && both.apcer == 0.5 && both.acer == 0.25)
    }

    @Test func strangersSetTheThresholdOfASearch() throws {
        let mated = (0..<10).map { person in
            SearchResult(person: person, candidates: [(Double(person) / 10 + 0.05, person), (0.01, 99)])
        }
        let strangers = (0..<10).map { SearchResult(person: 50, candidates: [(Double($0) / 20, 1)]) }
        let retrieval = Retrieval(mated + strangers)
        #expect(retrieval.found(within: 1) == Rate(10, of: 10))
        let found = try #require(retrieval.truePositives(atFalsePositiveRate: 0.1))
        #expect(found.threshold == 0.45 && found.rate == Rate(6, of: 10) && found.isCarried)
        #expect(retrieval.truePositives(atFalsePositiveRate: 0.01)?.isCarried == false)
    }

    private func labels(seed: UInt64, count: Int = 8) -> [[LabelledObject]] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            (0..<5).map { place in
                LabelledObject(
                    box: Box(
                        x: Double(place) * 100, y: .random(in: 0...100, using: &random),
                        width: .random(in: 20...90, using: &random), height: .random(in: 20...90, using: &random)),
                    category: Bool.random(using: &random) ? "a" : "b")
            }
        }
    }

    private func noisy(seed: UInt64, count: Int = 8) -> [(labels: [LabelledObject], detections: [DetectedObject])] {
        var random = SeededGenerator(seed: seed &+ 1000)
        return labels(seed: seed, count: count).map { labels in
            let detections = labels.flatMap { label in
                (0..<2).map { _ in
                    var box = label.box
                    box.x += .random(in: -15...15, using: &random)
                    return DetectedObject(box: box, score: .random(in: 0...1, using: &random), category: label.category)
                }
            }
            return (labels, detections)
        }
    }

    /// Three pictures of each; scores of the same person lie in [separation, separation + 0.5).
    private func allPairs(people: Int, separation: Double) -> [ScoredPair] {
        var random = SeededGenerator(seed: 7)
        let pictures = (0..<people * 3).map { $0 / 3 }
        return pictures.indices.flatMap { first in
            pictures.indices.dropFirst(first + 1).map { second in
                let isSame = pictures[first] == pictures[second]
                let score = Double.random(in: 0..<0.5, using: &random) + (isSame ? separation : 0)
                return ScoredPair(score: score, first: pictures[first], second: pictures[second])
            }
        }
    }
}
