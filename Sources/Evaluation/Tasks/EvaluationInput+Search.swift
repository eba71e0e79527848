extension EvaluationInput {
    /// Search for faces among enrolled people: half of the people are enrolled by their first picture, all other pictures
    /// are searched for, those of the other half as strangers; then the halves change places.
    public func faceSearch() -> EvaluationReport {
        let templates = TemplateSet(cases)
        var searches: [(picture: Int, result: SearchResult)] = []
        for half in 0..<2 {
            var gallery: [Int] = []
            for picture in templates.pictures.indices
            where templates.people[picture] % 2 == half && templates.vectors[picture] != nil {
                if !gallery.contains(where: { templates.people[$0] == templates.people[picture] }) {
                    gallery.append(picture)
                }
            }
            for picture in templates.pictures.indices where !gallery.contains(picture) {
                searches.append((picture, Self.search(picture, in: gallery, templates)))
            }
        }
        var report = searchReport("face-search", searches, templates)
        report.summary.notes.append(
            "Half of the people are enrolled by their first picture, the others are strangers; then the halves change "
                + "places. The gallery is as small as that.")
        return report
    }

    /// Re-identification: every picture is looked for among all others.
    public func reIdentification() -> EvaluationReport {
        let templates = TemplateSet(cases)
        let all = templates.pictures.indices.filter { templates.vectors[$0] != nil }
        let searches = templates.pictures.indices.map { picture in
            (picture: picture, result: Self.search(picture, in: all.filter { $0 != picture }, templates))
        }
        var report = searchReport("reid", searches, templates)
        let pairs = templates.allPairs(limit: Self.maximumPairs, seed: bootstrap.seed).map(templates.scored)
        report.summary.set(\.eer, .eer, ScoredPairs(pairs).curve().equalErrorRate, nil)
        report.summary.notes.append("Every picture is looked for among all others of the set, cameras not told apart.")
        return report
    }

    private static func search(_ picture: Int, in gallery: [Int], _ templates: TemplateSet) -> SearchResult {
        SearchResult(
            person: templates.people[picture],
            candidates: gallery.map { (templates.cosine(picture, $0), templates.people[$0]) })
    }

    private func searchReport(
        _ task: String, _ searches: [(picture: Int, result: SearchResult)], _ templates: TemplateSet
    ) -> EvaluationReport {
        let retrieval = Retrieval(searches.map(\.result))
        var summary = summary(task, items: searches.count)
        summary.set(\.rank1, .rank1, retrieval.found(within: 1))
        summary.set(\.rank5, .rank5, retrieval.found(within: 5))
        summary.set(
            \.meanAveragePrecision, .meanAveragePrecision, retrieval.meanAveragePrecision,
            bootstrap.interval(ofMeanOf: retrieval.averagePrecisions))
        var rates: [String: Double] = [:]
        for (name, rate) in [("1e-1", 0.1), ("1e-2", 0.01)] {
            guard let found = retrieval.truePositives(atFalsePositiveRate: rate) else { continue }
            rates[name] = found.rate.value
            summary.intervals["tpir_at_fpir.\(name)"] = found.rate.interval
            if !found.isCarried { summary.notes.append("Too few strangers for a false positive rate of \(name).") }
        }
        summary.metrics.tpirAtFPIR = rates.isEmpty ? nil : rates
        summary.notes.append(
            "\(retrieval.matedCount) searches for people who are there, \(retrieval.strangerCount) for strangers.")
        var report = EvaluationReport(summary: summary)
        let ranks = (1...20).map { (Double($0), retrieval.found(within: $0).value ?? 0) }
        report.charts = [
            ReportChart(
                title: "Cumulative match characteristic", xTitle: "rank", yTitle: "found",
                series: [ReportChart.Series(name: "searches", points: ranks)], xRange: 1...20)
        ]
        report.keepWorst(of: searches.compactMap { Self.lost($0.picture, $0.result, templates) })
        return report
    }

    /// Somebody who is there and was not found first.
    private static func lost(_ picture: Int, _ search: SearchResult, _ templates: TemplateSet) -> WorstCase? {
        guard search.isMated, let first = search.ranked.first, first.person != search.person,
            let best = search.candidates.filter({ $0.person == search.person }).map(\.score).max()
        else { return nil }
        let other = templates.people.firstIndex(of: first.person).map { templates.pictures[$0] }
        let shown = [ReportPicture(templates.pictures[picture])] + (other.map { [ReportPicture($0)] } ?? [])
        return WorstCase(
            title: templates.pictures[picture].id,
            reason: "taken for \(other?.person ?? "another") at \(Figures.text(first.score)); right one at "
                + Figures.text(best),
            severity: first.score - best, pictures: shown)
    }
}
