import Vision

extension EvaluationInput {
    /// Plates found and read, in all and by region.
    public func plates() -> EvaluationReport {
        var all = PlateAccuracy()
        var regions: [String: PlateAccuracy] = [:]
        var worst: [WorstCase] = []
        for (picture, outcome) in cases {
            let labels = picture.objects.filter { $0.category == "plate" }
            all.add(labels: labels, detections: outcome.objects)
            if let region = picture.region {
                regions[region, default: PlateAccuracy()].add(labels: labels, detections: outcome.objects)
            }
            worst += Self.misread(picture, labels, outcome)
        }
        var summary = summary("plates", items: all.readings.count)
        summary.set(\.exact, .exact, all.exact)
        summary.set(\.exactFolded, .exactFolded, all.exactFolded)
        summary.set(\.detectionRecall, .detectionRecall, all.detectionRecall)
        summary.set(\.readingRate, .readingRate, all.readingRate)
        summary.set(\.readingRateFolded, .readingRateFolded, all.readingRateFolded)
        summary.set(\.precision, .precision, all.detectionPrecision)
        summary.metrics.characterErrorRate = all.characterErrorRate
        summary.metrics.characterErrorRateOfAll = all.characterErrorRateOfAll
        summary.notes += [
            "exact is of all labelled plates, the reading rate of those that were found; folded takes O as 0 and I as 1.",
            "The character error rate is that of plates that were found; \"all\" counts the others as wholly wrong.",
            "A plate answered where none is labelled lowers precision, though sets do not label every readable plate.",
        ]
        for (region, accuracy) in regions { summary.parts[region] = Self.figures(accuracy) }
        var report = EvaluationReport(summary: summary)
        report.tables.append(Self.table(regions))
        report.keepWorst(of: worst)
        return report
    }

    private static func figures(_ accuracy: PlateAccuracy) -> [String: Double] {
        var figures = ["labels": Double(accuracy.readings.count)]
        figures["exact"] = accuracy.exact.value
        figures["exact_folded"] = accuracy.exactFolded.value
        figures["detection_recall"] = accuracy.detectionRecall.value
        figures["reading_rate"] = accuracy.readingRate.value
        figures["reading_rate_folded"] = accuracy.readingRateFolded.value
        figures["precision"] = accuracy.detectionPrecision.value
        figures["character_error_rate"] = accuracy.characterErrorRate
        return figures
    }

    private static func table(_ regions: [String: PlateAccuracy]) -> ReportTable {
        let rows = regions.sorted { $0.key < $1.key }.map { region, accuracy in
            [
                region, Figures.text(accuracy.exact), Figures.text(accuracy.exactFolded),
                Figures.text(accuracy.exactFolded.interval), Figures.text(accuracy.detectionRecall),
                Figures.text(accuracy.readingRateFolded), Figures.text(accuracy.characterErrorRate),
            ]
        }
        return ReportTable(
            title: "By region",
            columns: [
                "region", "exact", "exact, folded", "95 % interval", "detection recall", "reading rate, folded",
                "character error rate",
            ], rows: rows)
    }

    private static func misread(
        _ picture: LabelledPicture, _ labels: [LabelledObject], _ outcome: CaseOutcome
    ) -> [WorstCase] {
        let found = BoxPairing(labels: labels, detections: outcome.objects).detectionOfLabel
        return zip(labels, found).compactMap { label, detection in
            let truth = PlateText.normalized(label.text ?? "")
            let text = PlateText.normalized(detection?.text ?? "")
            guard PlateText.folded(truth) != PlateText.folded(text) else { return nil }
            let reason = detection == nil ? "not found" : text.isEmpty ? "found, not read" : "read as \(text)"
            let marks = [ReportPicture.Mark(label: label)] + (detection.map { [ReportPicture.Mark(answer: $0)] } ?? [])
            return WorstCase(
                title: "\(picture.id): \(truth)", reason: reason + (outcome.failure.map { "; \($0)" } ?? ""),
                severity: Double(editDistance(truth, text)) / Double(max(1, truth.count)) + (detection == nil ? 1 : 0),
                pictures: [ReportPicture(picture, marks: marks)])
        }
    }
}
