import Evaluation
import Foundation
import Testing

@Suite struct EvaluationTaskTests {
    private let model = EvaluatedModel(name: "m", version: "1", engine: "onnxruntime", sha256: "00")

    @Test func detectionReportsFiguresClassesAndMistakes() throws {
        let files = ["images/a.jpg": "", "images/b.jpg": "", "labels/a.txt": "0 0.5 0.5 0.2 0.4\n2 0.2 0.5 0.2 0.4\n"]
        let data = try withFolder(files) { try reader.read($0) }
        let person = try #require(data.pictures.first?.objects.first)
        let outcomes = [
            "images/a.jpg": CaseOutcome(
                objects: [DetectedObject(box: person.box, score: 0.9, category: "person")], milliseconds: 10,
                stages: ["decode": 2]),
            "images/b.jpg": CaseOutcome(milliseconds: 20, failure: "cannot be decoded"),
        ]
        let report = EvaluationInput(dataset: data, outcomes: outcomes, models: [model])
            .detection(task: "persons", categories: ["person", "car"], score: 0.3)
        let summary = report.summary
        #expect(summary.items == 2 && summary.failures == 1 && summary.timing?.p50 == 15)
        #expect(near(summary.metrics.ap50, 0.5) && summary.metrics.recall == 0.5 && summary.metrics.precision == 1)
        #expect(near(summary.parts["person"]?["ap50"], 1) && summary.parts["car"]?["recall"] == 0)
        #expect(summary.timing?.stages["decode"]?.p95 == 2)
        #expect(report.worst.map(\.reason) == ["1 missed, 0 wrong"])
        #expect(report.worst[0].pictures[0].marks.map(\.text) == ["car"])
    }

    @Test func posesHaveMeanSimilarity() throws {
        let points = (0..<17).map { "0.\(30 + $0) 0.5 2" }.joined(separator: " ")
        let files = ["images/a.jpg": "", "labels/a.txt": "0 0.4 0.5 0.5 0.5 \(points)\n0 0.4 0.5 0.5 0.5 \(points)\n"]
        let data = try withFolder(files) { try reader.read($0) }
        let label = try #require(data.pictures.first?.objects.first)
        let pose = DetectedObject(
            box: label.box, score: 0.8, category: "person", keypoints: label.keypoints.map { .init(x: $0.x, y: $0.y) })
        let report = EvaluationInput(
            dataset: data, outcomes: ["images/a.jpg": CaseOutcome(objects: [pose])], models: [model]
        ).poses(score: 0.3)
        #expect(near(report.summary.metrics.meanOKS, 0.5) && report.summary.metrics.recall == 0.5)
    }

    @Test func platesAreReportedByRegion() throws {
        let files = [
            "eu/a.jpg": "", "eu/a.txt": "a.jpg\t10\t20\t50\t20\tRK123AB\n", "vn/b.jpg": "",
            "vn/b.txt": "b.jpg\t10\t20\t50\t20\t51F-123.45\n",
        ]
        let data = try withFolder(files) { try reader.read($0) }
        let box = Box(x: 10, y: 20, width: 50, height: 20)
        let outcomes = [
            "eu/a.jpg": CaseOutcome(objects: [DetectedObject(box: box, score: 1, category: "plate", text: "RK123A8")]),
            "vn/b.jpg": CaseOutcome(objects: [DetectedObject(box: box, score: 1, category: "plate", text: "51F12345")]),
        ]
        let report = EvaluationInput(dataset: data, outcomes: outcomes, models: [model]).plates()
        #expect(report.summary.metrics.exact == 0.5 && near(report.summary.metrics.characterErrorRate, 1.0 / 15))
        #expect(report.summary.parts["vn"]?["exact"] == 1 && report.summary.parts["eu"]?["exact"] == 0)
        #expect(report.worst.map(\.reason) == ["read as RK123A8"])
    }

    @Test func behaviourIsAConfusionMatrix() throws {
        let files = [
            "a.jpg": "",
            "t.tsv": "a.jpg\t0\t0\t50\t60\tbehavior=sitting\na.jpg\t60\t0\t50\t60\tbehavior=lying\n"
                + "a.jpg\t120\t0\t50\t60\tbehavior=unknown\n",
        ]
        let data = try withFolder(files) { try reader.read($0) }
        let objects = [0.0, 60, 120].map {
            DetectedObject(
                box: Box(x: $0, y: 0, width: 50, height: 60), score: 0.9, category: "person",
                attributes: $0 == 60 ? [:] : ["behavior": "sitting"])
        }
        let report = EvaluationInput(
            dataset: data, outcomes: ["a.jpg": CaseOutcome(objects: objects)], models: [model]
        ).attributes(task: "behavior", keys: ["behavior"])
        let summary = report.summary
        #expect(summary.items == 2 && summary.metrics.precision == 1 && summary.metrics.coverage == 0.5)
        #expect(summary.metrics.accuracy == 0.5 && summary.confusion["behavior"]?.classes == ["lying", "sitting"])
        #expect(report.worst.map(\.reason) == ["behavior is lying, no answer"])
    }

    @Test func facesArePairedSearchedAndCalibratedByGroup() throws {
        let input = try faces(people: 60)
        let report = input.facePairs(threshold: 0.5)
        let summary = report.summary
        #expect(summary.items == 180 * 179 / 2 && summary.metrics.eer ?? 1 < 0.1)
        #expect(summary.metrics.accuracy ?? 0 > 0.9 && summary.intervals["accuracy"] != nil)
        #expect(summary.extrapolated == ["tar_at_far.1e-4"])
        #expect(summary.metrics.tarAtFAR?.keys.sorted() == ["1e-2", "1e-3", "1e-4"])
        #expect(summary.intervals["tar_at_far.1e-3"] != nil && summary.intervals["tar_at_far.1e-4"] == nil)
        #expect(summary.calibration?.points.isEmpty == false)
        #expect(summary.parts["group A"]?["true_accept_rate"] != nil && summary.parts["default threshold"] != nil)
        let search = input.faceSearch().summary
        #expect(search.items == 2 * (180 - 30) && search.metrics.rank1 ?? 0 > 0.9)
        #expect(search.metrics.tpirAtFPIR?["1e-1"] != nil)
        let again = input.reIdentification().summary
        #expect(again.items == 180 && again.metrics.rank1 ?? 0 > 0.9 && again.metrics.meanAveragePrecision ?? 0 > 0.8)
    }

    @Test func aPictureWithoutAFaceRejectsItsOwnPairs() throws {
        var input = try faces(people: 30)
        let before = input.facePairs().summary
        for id in input.outcomes.keys.sorted().prefix(20) { input.outcomes[id] = CaseOutcome(failure: "no face") }
        let after = input.facePairs().summary
        #expect(after.metrics.tarAtFAR?["1e-2"] ?? 1 < before.metrics.tarAtFAR?["1e-2"] ?? 0)
        #expect(after.notes.contains { $0.contains("20 pictures gave no template") })
        #expect(input.facesFound().summary.metrics.detectionRecall == 0)
    }

    @Test func livenessWithoutAttacksHasNoApcer() throws {
        let data = try withFolder(["live/a.jpg": "", "live/b.jpg": ""]) { try reader.read($0) }
        let outcomes = [
            "live/a.jpg": CaseOutcome(isTakenForLive: true, score: 0.9), "live/b.jpg": CaseOutcome(failure: "no face"),
        ]
        let report = EvaluationInput(dataset: data, outcomes: outcomes, models: [model]).liveness()
        #expect(report.summary.metrics.bpcer == 0.5 && report.summary.metrics.acer == nil)
        #expect(report.worst.map(\.reason) == ["not judged; no face"])
    }

    /// Three pictures of each person: a direction of their own with some noise; two groups.
    private func faces(people: Int) throws -> EvaluationInput {
        var random = SeededGenerator(seed: 3)
        var files: [String: String] = [:]
        var outcomes: [String: CaseOutcome] = [:]
        var groups = ""
        for person in 100..<(100 + people) {
            groups += "p\(person)\t\(person % 2 == 0 ? "A" : "B")\n"
            let own = (0..<16).map { _ in Float.random(in: -1...1, using: &random) }
            for picture in 0..<3 {
                files["p\(person)/\(picture).jpg"] = ""
                outcomes["p\(person)/\(picture).jpg"] = CaseOutcome(
                    embedding: own.map { $0 + .random(in: -0.5...0.5, using: &random) })
            }
        }
        files["groups.tsv"] = groups
        let data = try withFolder(files) { try reader.read($0) }
        return EvaluationInput(
            dataset: data, outcomes: outcomes, models: [model], bootstrap: Bootstrap(replicates: 60))
    }
}
