extension EvaluationInput {
    static func chart(_ curve: [ScoredPairs.Step]) -> ReportChart {
        ReportChart(
            title: "Receiver operating characteristic", xTitle: "false accept rate", yTitle: "true accept rate",
            series: [
                ReportChart.Series(
                    name: "all pairs",
                    points: curve.filter { $0.falseAcceptRate > 0 }.map { ($0.falseAcceptRate, $0.trueAcceptRate) })
            ], xRange: 1e-5...1, isLogarithmic: true)
    }

    /// Shares of scores in forty steps, each kind for itself.
    static func histogram(_ pairs: [ScoredPair]) -> ReportChart {
        let bins = 40
        let series = [("same person", true), ("different people", false)].map { name, isSame in
            let scores = pairs.filter { $0.isSame == isSame }.map(\.score)
            var counts = Array(repeating: 0, count: bins)
            for score in scores { counts[min(bins - 1, max(0, Int((score + 1) / 2 * Double(bins))))] += 1 }
            let points = counts.enumerated().map { bin, count in
                ((Double(bin) + 0.5) / Double(bins) * 2 - 1, Double(count) / Double(max(1, scores.count)))
            }
            return ReportChart.Series(name: name, points: points)
        }
        let highest = series.flatMap { $0.points.map(\.y) }.max() ?? 1
        return ReportChart(
            title: "Scores", xTitle: "cosine", yTitle: "share", series: series, xRange: -1...1,
            yRange: 0...max(highest, 0.01))
    }

    /// The least alike of the same person and the most alike of different people, by how far they are on the wrong side
    /// of the threshold of equal errors.
    static func worst(
        _ pairs: [(first: Int, second: Int)], _ templates: TemplateSet, _ curve: [ScoredPairs.Step]
    ) -> [WorstCase] {
        let middle = curve.first { $0.falseAcceptRate >= 1 - $0.trueAcceptRate }?.threshold ?? 0
        let wrong = pairs.compactMap { pair -> (pair: (first: Int, second: Int), score: Double, gap: Double)? in
            let score = templates.cosine(pair.first, pair.second)
            let isSame = templates.people[pair.first] == templates.people[pair.second]
            let gap = isSame ? middle - score : score - middle
            return gap > 0 ? (pair, score, gap) : nil
        }
        return wrong.sorted { $0.gap > $1.gap }.prefix(EvaluationReport.worstLimit).map { pair, score, gap in
            let (first, second) = (templates.pictures[pair.first], templates.pictures[pair.second])
            let kind =
                templates.people[pair.first] == templates.people[pair.second] ? "same person" : "different people"
            let hasBoth = templates.vectors[pair.first] != nil && templates.vectors[pair.second] != nil
            return WorstCase(
                title: "\(first.id), \(second.id)",
                reason: hasBoth ? "\(kind), cosine \(Figures.text(score))" : "\(kind), no face found in one",
                severity: gap, pictures: [ReportPicture(first), ReportPicture(second)])
        }
    }
}
