import Evaluation
import Foundation
import Testing

@Suite struct EvaluationReportTests {
    @Test func theSummaryHasTheContractsShape() throws {
        let data = try summary().json()
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        for key in ["task", "data", "items", "models", "metrics", "timing_ms"] { #expect(object[key] != nil) }
        let metrics = try #require(object["metrics"] as? [String: Any])
        let keys = [
            "ap50", "ap50_95", "recall", "accuracy", "eer", "tar_at_far", "rank1", "exact", "exact_folded",
            "detection_recall", "character_error_rate", "mean_oks", "acer",
        ]
        #expect(Set(metrics.keys) == Set(keys))
        #expect((metrics["tar_at_far"] as? [String: Double])?.keys.sorted() == ["1e-2", "1e-3", "1e-4"])
        let timing = try #require(object["timing_ms"] as? [String: Any])
        #expect(timing["p50"] as? Double == 2 && timing["p95"] != nil)
        #expect(try JSONDecoder().decode(EvaluationSummary.self, from: data) == summary())
    }

    @Test func figuresThatTheTaskHasNotAreAbsent() throws {
        let empty = EvaluationSummary(task: "plates", data: "x", items: 0, models: [])
        let object = try #require(try JSONSerialization.jsonObject(with: empty.json()) as? [String: Any])
        #expect((object["metrics"] as? [String: Any])?.isEmpty == true && object["timing_ms"] == nil)
    }

    @Test func thePageNeedsNothingElseAndEscapesEverything() throws {
        let evil = "<script>alert('x')</script>\"&\u{0}"
        var report = EvaluationReport(summary: summary(task: evil))
        report.charts = [
            ReportChart(
                title: evil, xTitle: evil, yTitle: evil,
                series: [.init(name: evil, points: [(0, .nan), (.infinity, 1), (0.5, 0.5), (1, 1)])]),
            ReportChart(
                title: "log", xTitle: "x", yTitle: "y",
                series: [.init(name: "s", points: [(0, 0), (1e-4, 0.2), (1, 1)])],
                xRange: 1e-5...1, isLogarithmic: true),
        ]
        report.tables = [ReportTable(title: evil, columns: [evil], rows: [[evil]])]
        report.environment = [(evil, evil)]
        report.checksums = [(evil, evil)]
        let html = HTMLReport(title: evil, reports: [report, report]).html
        #expect(!html.contains("<script") && !html.contains("alert('x')") && !html.contains("\u{0}"))
        #expect(!html.contains("nan") && !html.contains("inf,"))
        #expect(!html.contains("http://") && !html.contains("https://") && !html.contains("src=\"/"))
        #expect(html.contains("<polyline") && html.contains("prefers-color-scheme: dark"))
        #expect(
            balanced(html, "svg") && balanced(html, "table") && balanced(html, "section") && balanced(html, "figure"))
    }

    @Test func picturesAreInThePage() throws {
        let data = try withFolder(["live/a<b.jpg": ""]) { try reader.read($0) }
        var report = EvaluationInput(
            dataset: data, outcomes: ["live/a<b.jpg": CaseOutcome(isTakenForLive: false)], models: []
        ).liveness()
        report.worst[0].pictures[0].jpeg = Data([0xFF, 0xD8, 0xFF])
        let html = HTMLReport(title: "t", reports: [report]).html
        #expect(html.contains("src=\"data:image/jpeg;base64,/9j/\"") && html.contains("live/a&lt;b.jpg"))
    }

    @Test func markdownHasARowAFigure() {
        let text = MarkdownTable.figures([summary(task: "a|b")])
        let lines = text.split(separator: "\n")
        #expect(lines.count == 2 + 15 && lines.allSatisfy { $0.hasPrefix("| ") && $0.hasSuffix(" |") })
        #expect(text.contains("a\\|b") && text.contains("(extrapolated)"))
    }

    private func balanced(_ html: String, _ tag: String) -> Bool {
        html.components(separatedBy: "<\(tag)").count == html.components(separatedBy: "</\(tag)>").count
    }

    private func summary(task: String = "all") -> EvaluationSummary {
        var summary = EvaluationSummary(
            task: task, data: "set", items: 3, models: [EvaluatedModel(name: "m", version: "1", engine: "e")])
        summary.metrics.ap50 = 0.5
        summary.metrics.ap50To95 = 0.25
        summary.metrics.recall = 0.5
        summary.metrics.accuracy = 0.5
        summary.metrics.eer = 0.125
        summary.metrics.tarAtFAR = ["1e-2": 0.75, "1e-3": 0.5, "1e-4": 0.25]
        summary.metrics.rank1 = 1
        summary.metrics.exact = 0.5
        summary.metrics.exactFolded = 0.75
        summary.metrics.detectionRecall = 1
        summary.metrics.characterErrorRate = 0.125
        summary.metrics.meanOKS = 0.5
        summary.metrics.acer = 0.25
        summary.timing = EvaluationTiming([1, 2, 3])
        summary.extrapolated = ["tar_at_far.1e-4"]
        summary.intervals["ap50"] = Interval(low: 0.25, high: 0.75)
        summary.confusion["k"] = ConfusionMatrix([("a", "b"), ("a", nil)])
        return summary
    }
}
