import Foundation

/// Writes reports as one HTML file that needs nothing else: styles, curves and pictures are in it, no script.
public struct HTMLReport {
    public var title: String
    public var reports: [EvaluationReport]

    /// - Parameter reports: one a task; `--task all` has several.
    public init(title: String, reports: [EvaluationReport]) {
        self.title = title
        self.reports = reports
    }

    public var html: String {
        var parts = [
            """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
            style-src 'unsafe-inline'">
            <title>\(HTML.escaped(title))</title>
            <style>\(HTML.style)</style>
            </head>
            <body>
            <main>
            <h1>\(HTML.escaped(title))</h1>
            """
        ]
        if reports.count > 1 { parts.append(contents) }
        for (index, report) in reports.enumerated() { parts.append(section(report, index)) }
        parts.append("</main>\n</body>\n</html>\n")
        return parts.joined(separator: "\n")
    }

    private var contents: String {
        let items = reports.enumerated().map { index, report in
            "<li><a href=\"#task\(index)\">\(HTML.escaped(report.summary.task))</a></li>"
        }
        return "<nav><ul>\(items.joined())</ul></nav>"
    }

    private func section(_ report: EvaluationReport, _ index: Int) -> String {
        let summary = report.summary
        var parts = ["<section id=\"task\(index)\">", "<h2>\(HTML.escaped(summary.task))</h2>", lead(summary)]
        parts += summary.notes.map { "<p class=\"note\">\(HTML.escaped($0))</p>" }
        parts.append(HTML.table(Self.figures(summary)))
        if let calibration = summary.calibration { parts.append(HTML.table(Self.calibration(calibration))) }
        if !report.charts.isEmpty {
            parts.append("<div class=\"charts\">\(report.charts.map(chart).joined())</div>")
        }
        parts += report.tables.map(HTML.table)
        parts += summary.confusion.sorted { $0.key < $1.key }.map { HTML.table(Self.confusion($0.value, of: $0.key)) }
        if !report.worst.isEmpty {
            parts.append("<h3>The worst \(report.worst.count) cases</h3>")
            parts.append("<div class=\"cases\">\(report.worst.map(worst).joined())</div>")
        }
        if !summary.labelErrors.isEmpty { parts.append(HTML.table(Self.labelErrors(summary.labelErrors))) }
        let environment = report.environment.map { [$0.name, $0.value] }
        parts.append(HTML.table(ReportTable(title: "Environment", columns: ["what", "value"], rows: environment)))
        let checksums = report.checksums.map { [$0.file, $0.sha256] }
        parts.append(HTML.table(ReportTable(title: "Checksums", columns: ["file", "SHA-256"], rows: checksums)))
        parts.append("</section>")
        return parts.joined(separator: "\n")
    }

    private func lead(_ summary: EvaluationSummary) -> String {
        let models = summary.models.map { "\($0.name) \($0.version) (\($0.engine))" }.joined(separator: ", ")
        var text = "\(summary.items) items of \(summary.data); \(models)"
        if summary.failures > 0 { text += "; \(summary.failures) could not be run" }
        if let timing = summary.timing {
            text += "; \(Figures.milliseconds(timing.p50)) ms a picture (median), "
            text += "\(Figures.milliseconds(timing.p95)) ms (95th percentile)"
        }
        return "<p>\(HTML.escaped(text)).</p>"
    }

    private func chart(_ chart: ReportChart) -> String {
        let names = chart.series.enumerated().map { index, series in
            "<li class=\"k\(index % 6)\">\(HTML.escaped(series.name))</li>"
        }
        return "<figure><figcaption>\(HTML.escaped(chart.title))</figcaption>\n\(SVGChart(chart: chart).svg)\n"
            + "<ul class=\"keys\">\(names.joined())</ul></figure>\n"
    }

    private func worst(_ worst: WorstCase) -> String {
        let pictures = worst.pictures.map { picture in
            let alternative = picture.marks.map { "\($0.kind.rawValue): \($0.text)" }.joined(separator: "; ")
            guard let jpeg = picture.jpeg else { return "<p class=\"note\">\(HTML.escaped(alternative))</p>" }
            return "<img alt=\"\(HTML.escaped(alternative))\" "
                + "src=\"data:image/jpeg;base64,\(jpeg.base64EncodedString())\">"
        }
        return "<figure>\(pictures.joined())<figcaption><b>\(HTML.escaped(worst.title))</b> "
            + "\(HTML.escaped(worst.reason))</figcaption></figure>\n"
    }

    private static func figures(_ summary: EvaluationSummary) -> ReportTable {
        let rows = summary.metrics.named.map { figure in
            let isExtrapolated = summary.extrapolated.contains(figure.name)
            return [
                figure.name, Figures.text(figure.value), Figures.text(summary.intervals[figure.name]),
                isExtrapolated ? "extrapolated" : "",
            ]
        }
        return ReportTable(title: "Figures", columns: ["metric", "value", "95 % interval", ""], rows: rows)
    }

    private static func calibration(_ table: FalseAcceptCalibration) -> ReportTable {
        let rows = table.points.map { point in
            [
                Figures.rate(point.falseAcceptRate), Figures.fixed(point.cosine, 4),
                point.isExtrapolated ? "extrapolated" : "measured",
            ]
        }
        let group = table.worstGroup.map { ", set for the group \($0)" } ?? ""
        return ReportTable(
            title: "Cosine for a rate of false accepts (\(table.impostorPairs) impostor pairs\(group))",
            columns: ["false accept rate", "cosine", ""], rows: rows)
    }

    private static func confusion(_ matrix: ConfusionMatrix, of key: String) -> ReportTable {
        let rows = matrix.classes.indices.map { row in
            [matrix.classes[row]] + matrix.counts[row].map(String.init) + [String(matrix.abstained[row])]
        }
        return ReportTable(
            title: "\(key): labelled (rows) and answered (columns)", columns: [""] + matrix.classes + ["no answer"],
            rows: rows)
    }

    private static func labelErrors(_ errors: [DatasetError]) -> ReportTable {
        let rows = errors.map { [$0.file, $0.line.map(String.init) ?? "", $0.reason] }
        return ReportTable(title: "Labels left out", columns: ["file", "line", "reason"], rows: rows)
    }
}
