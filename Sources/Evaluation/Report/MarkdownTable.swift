/// Tables for `docs/accuracy.md`.
public enum MarkdownTable {
    /// One row a figure: task, data, items, figure with its interval, models.
    public static func figures(_ summaries: [EvaluationSummary]) -> String {
        let rows = summaries.flatMap { summary in
            summary.metrics.named.map { figure in
                let mark = summary.extrapolated.contains(figure.name) ? " (extrapolated)" : ""
                return [
                    summary.task, summary.data, String(summary.items), figure.name,
                    Figures.text(figure.value) + mark, Figures.text(summary.intervals[figure.name]),
                    summary.models.map { "\($0.name) \($0.version), \($0.engine)" }.joined(separator: "; "),
                ]
            }
        }
        return text(
            ReportTable(
                title: "", columns: ["task", "data", "items", "metric", "value", "95 % interval", "models"], rows: rows)
        )
    }

    /// Any table of a report.
    public static func text(_ table: ReportTable) -> String {
        let head = row(table.columns) + "\n" + row(table.columns.map { _ in "---" })
        return ([head] + table.rows.map(row)).joined(separator: "\n") + "\n"
    }

    private static func row(_ cells: [String]) -> String {
        "| " + cells.map(escaped).joined(separator: " | ") + " |"
    }

    private static func escaped(_ cell: String) -> String {
        String(cell.map { $0.isNewline ? " " : $0 }).replacing("\\", with: "\\\\").replacing("|", with: "\\|")
            .replacing("<", with: "&lt;")
    }
}
