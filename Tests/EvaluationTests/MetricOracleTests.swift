import Foundation
import Testing

@testable import Evaluation

/// Held against pycocotools, scikit-learn, SciPy and NumPy; the fixture says which versions (scripts/oracles/metrics.py).
@Suite struct MetricOracleTests {
    let expected: MetricsFixture

    init() throws {
        expected = try MetricsFixture.read()
        try #require(
            Set(expected.madeBy.keys) == ["numpy", "scipy", "scikit-learn", "pycocotools"],
            "the fixture must say what made it")
    }

    private var categories: [String] { ["c1", "c2", "c3"] }

    @Test func averagePrecisionIsThatOfPycocotools() {
        let accuracy = DetectionAccuracy(expected.boxes.pictures, categories: categories)
        #expect(near(accuracy.ap50(), expected.boxes.ap50), "\(expected.makers)")
        #expect(near(accuracy.ap5095(), expected.boxes.ap["all"] ?? -1), "\(expected.makers)")
        for (name, matches) in accuracy.categories {
            #expect(near(matches.averagePrecision(at: 0), expected.boxes.ap50Of?[name] ?? -1))
            #expect(near(matches.averagePrecision(), expected.boxes.apOf?[name] ?? -1))
        }
        let recalls = accuracy.categories.compactMap { $0.matches.averageRecall() }
        #expect(near(recalls.reduce(0, +) / 3, expected.boxes.ar))
    }

    @Test(arguments: ["all", "small", "medium", "large"])
    func averagePrecisionBySizeIsThatOfPycocotools(_ name: String) {
        let areas = ["all": AreaRange.all, "small": .small, "medium": .medium, "large": .large]
        let accuracy = DetectionAccuracy(
            expected.boxes.pictures, categories: categories, areas: areas[name] ?? .all)
        #expect(near(accuracy.ap5095(), expected.boxes.ap[name] ?? -1), "\(expected.makers)")
    }

    @Test func onlyTheBestDetectionsOfAPictureCount() {
        let accuracy = DetectionAccuracy(expected.boxes.pictures, categories: categories, maximum: 10)
        #expect(near(accuracy.ap5095(), expected.boxes.apAtMost10 ?? -1))
    }

    @Test func everyLevelOfRecallHasPycocotoolsPrecision() throws {
        let curve = try #require(CategoryMatches(expected.boxes.pictures, category: "c1").curve(at: 0))
        let wanted = try #require(expected.boxes.curveOfC1)
        #expect(curve.precisions.count == 101)
        #expect(zip(curve.precisions, wanted).allSatisfy { near($0, $1) })
    }

    @Test(arguments: ["all", "medium", "large"])
    func keypointPrecisionIsThatOfPycocotools(_ name: String) {
        let areas = ["all": AreaRange.all, "medium": .medium, "large": .large]
        let accuracy = DetectionAccuracy(
            expected.poses.pictures, categories: ["c1"], similarity: .keypoints, areas: areas[name] ?? .all,
            maximum: 20)
        #expect(near(accuracy.ap5095(), expected.poses.ap[name] ?? -1), "\(expected.makers)")
        guard name == "all" else { return }
        #expect(near(accuracy.ap50(), expected.poses.ap50))
        #expect(near(accuracy.categories[0].matches.averageRecall(), expected.poses.ar))
    }

    /// Rows are detections by falling score, columns the labels in their order.
    @Test func keypointSimilarityIsThatOfPycocotools() throws {
        var compared = 0
        for (index, picture) in expected.poses.pictures.enumerated() {
            let rows = expected.poses.oks?["\(index + 1)"] ?? []
            let order = picture.detections.indices.sorted {
                (picture.detections[$1].score, $0) < (picture.detections[$0].score, $1)
            }
            for (row, detection) in zip(rows, order) {
                for (value, label) in zip(row, picture.labels) {
                    let ours = Similarity.keypointSimilarity(picture.detections[detection].keypoints, label)
                    #expect(near(ours, value, within: 1e-12))
                    compared += 1
                }
            }
        }
        #expect(compared > 30)
    }

    @Test func verificationIsThatOfScikitLearn() throws {
        let pairs = ScoredPairs(expected.pairs.scored)
        let curve = pairs.curve()
        #expect(curve.count == expected.pairs.far.count)
        #expect(zip(curve.map(\.falseAcceptRate), expected.pairs.far).allSatisfy { near($0, $1) })
        #expect(zip(curve.map(\.trueAcceptRate), expected.pairs.tarCurve).allSatisfy { near($0, $1) })
        #expect(near(curve.area, expected.pairs.auc), "\(expected.makers)")
        #expect(near(curve.equalErrorRate, expected.pairs.eer))
        for (rate, value) in expected.pairs.tar {
            let step = try #require(curve.step(atFalseAcceptRate: Double(rate) ?? -1))
            #expect(near(step.trueAcceptRate, value))
        }
    }

    @Test func tenFoldAccuracyIsThatOfTheReference() throws {
        let folds = try #require(FoldAccuracy(inOrder: expected.pairs.scored))
        #expect(zip(folds.folds, expected.pairs.folds).allSatisfy { near($0, $1) })
        #expect(near(folds.mean, expected.pairs.accuracy))
        #expect(near(folds.standardError, expected.pairs.standardError))
    }

    @Test func retrievalIsThatOfScikitLearn() {
        for search in expected.searches {
            let candidates = zip(search.scores, search.right).map { (score: $0, person: $1 ? 1 : 2) }
            let retrieval = Retrieval([SearchResult(person: 1, candidates: candidates)])
            #expect(near(retrieval.meanAveragePrecision, search.ap))
            #expect(retrieval.ranks == [search.rank])
        }
    }

    @Test func confusionIsThatOfScikitLearn() {
        let wanted = expected.classes
        let matrix = ConfusionMatrix(zip(wanted.truth, wanted.answer).map { ($0, $1) })
        #expect(matrix.counts == wanted.counts)
        #expect(near(matrix.accuracy.value, wanted.accuracy))
        for (figures, index) in zip(matrix.perClass, wanted.support.indices) {
            #expect(near(figures.precision.value, wanted.precision[index]))
            #expect(near(figures.recall.value, wanted.recall[index]))
            #expect(figures.count == wanted.support[index])
        }
    }

    @Test func theTailIsThatOfTheReference() throws {
        let fit = try #require(TailFit(descending: expected.tail.scores))
        #expect(near(fit.shape, expected.tail.shape))
        #expect(near(fit.scale, expected.tail.scale))
        #expect(near(fit.mean, expected.tail.mean) && near(fit.deviation, expected.tail.deviation))
        for (index, rate) in expected.tail.rates.enumerated() {
            let (pareto, normal) = (expected.tail.cosines[index], expected.tail.normal[index])
            #expect(near(fit.paretoScore(reachedBy: rate), pareto, within: 1e-8))
            #expect(near(fit.score(reachedBy: rate), max(pareto, normal), within: 1e-8))
        }
    }

    @Test func quantilesAndWilsonIntervalsAreThoseOfNumPyAndSciPy() throws {
        let timing = try #require(EvaluationTiming(expected.numbers.values))
        #expect(near(timing.p50, expected.numbers.p50))
        #expect(near(timing.p95, expected.numbers.p95))
        for row in expected.numbers.wilson {
            let interval = try #require(Rate(Int(row[0]), of: Int(row[1])).interval)
            #expect(near(interval.low, row[2]) && near(interval.high, row[3]))
        }
    }
}
