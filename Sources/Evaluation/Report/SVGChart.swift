import Foundation

/// Draws a chart as inline SVG. Colours are the page's CSS classes, so that light and dark both fit.
struct SVGChart {
    let chart: ReportChart

    private static let width = 520.0
    private static let height = 340.0
    private static let left = 58.0
    private static let right = 12.0
    private static let top = 12.0
    private static let bottom = 46.0
    /// More points than pixels show nothing more.
    private static let maximumPoints = 600

    var svg: String {
        var parts = [
            "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\" "
                + "aria-label=\"\(HTML.escaped(chart.title))\">"
        ]
        for tick in xTicks { parts.append(vertical(tick)) }
        for tick in yTicks { parts.append(horizontal(tick)) }
        let middle = (Self.left + Self.width - Self.right) / 2
        parts.append(text(chart.xTitle, x: middle, y: Self.height - 8, anchor: "middle"))
        let centre = (Self.top + Self.height - Self.bottom) / 2
        parts.append(
            "<text class=\"t\" text-anchor=\"middle\" transform=\"translate(14 \(number(centre))) rotate(-90)\">"
                + "\(HTML.escaped(chart.yTitle))</text>")
        for (index, series) in chart.series.enumerated() { parts.append(line(series, index)) }
        parts.append("</svg>")
        return parts.joined(separator: "\n")
    }

    private func line(_ series: ReportChart.Series, _ index: Int) -> String {
        let usable = series.points.filter { $0.x.isFinite && $0.y.isFinite && (!chart.isLogarithmic || $0.x > 0) }
        let step = max(1, usable.count / Self.maximumPoints)
        let thinned = usable.enumerated().filter { $0.offset % step == 0 || $0.offset == usable.count - 1 }
        let points = thinned.map { "\(number(place(x: $0.element.x))),\(number(place(y: $0.element.y)))" }
        return "<polyline class=\"s s\(index % 6)\" points=\"\(points.joined(separator: " "))\">"
            + "<title>\(HTML.escaped(series.name))</title></polyline>"
    }

    private func vertical(_ tick: Double) -> String {
        let x = place(x: tick)
        let label = chart.isLogarithmic ? Figures.rate(tick) : Figures.fixed(tick, 1)
        return "<line class=\"g\" x1=\"\(number(x))\" x2=\"\(number(x))\" y1=\"\(number(Self.top))\" "
            + "y2=\"\(number(Self.height - Self.bottom))\"/>"
            + text(label, x: x, y: Self.height - Self.bottom + 16, anchor: "middle")
    }

    private func horizontal(_ tick: Double) -> String {
        let y = place(y: tick)
        return "<line class=\"g\" x1=\"\(number(Self.left))\" x2=\"\(number(Self.width - Self.right))\" "
            + "y1=\"\(number(y))\" y2=\"\(number(y))\"/>"
            + text(Figures.fixed(tick, 2), x: Self.left - 6, y: y + 4, anchor: "end")
    }

    private func text(_ text: String, x: Double, y: Double, anchor: String) -> String {
        "<text class=\"t\" x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">\(HTML.escaped(text))</text>"
    }

    private var xTicks: [Double] {
        guard chart.isLogarithmic else { return ticks(chart.xRange) }
        let first = Int(log10(chart.xRange.lowerBound).rounded(.up))
        let last = Int(log10(chart.xRange.upperBound).rounded(.down))
        return first <= last ? (first...last).map { pow(10, Double($0)) } : []
    }

    private var yTicks: [Double] { ticks(chart.yRange) }

    private func ticks(_ range: ClosedRange<Double>) -> [Double] {
        (0...5).map { range.lowerBound + Double($0) / 5 * (range.upperBound - range.lowerBound) }
    }

    private func place(x: Double) -> Double {
        let share: Double
        if chart.isLogarithmic {
            let low = log10(chart.xRange.lowerBound)
            share = (log10(max(x, chart.xRange.lowerBound)) - low) / (log10(chart.xRange.upperBound) - low)
        } else {
            share = (x - chart.xRange.lowerBound) / (chart.xRange.upperBound - chart.xRange.lowerBound)
        }
        return Self.left + min(max(share, 0), 1) * (Self.width - Self.left - Self.right)
    }

    private func place(y: Double) -> Double {
        let share = (y - chart.yRange.lowerBound) / (chart.yRange.upperBound - chart.yRange.lowerBound)
        return Self.height - Self.bottom - min(max(share, 0), 1) * (Self.height - Self.top - Self.bottom)
    }

    private func number(_ value: Double) -> String { value.isFinite ? Figures.fixed(value, 1) : "0" }
}
