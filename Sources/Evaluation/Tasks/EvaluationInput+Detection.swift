extension EvaluationInput {
    /// Boxes of persons, vehicles or faces by COCO's protocol.
    /// - Parameters:
    ///   - task: its name in the report.
    ///   - categories: the classes to judge; labels and answers of others are not looked at.
    ///   - score: the product's default threshold, for recall and precision. For average precision the runs should have
    ///     answered down to much lower scores, 0.01 or so.
    public func detection(task: String, categories: [String], score: Double) -> EvaluationReport {
        objects(task: task, categories: categories, score: score, similarity: .boxes, maximum: 100)
    }

    /// Body points: average precision over object keypoint similarity, and its mean over all labelled people.
    public func poses(score: Double) -> EvaluationReport {
        var report = objects(
            task: "poses", categories: ["person"], score: score, similarity: .keypoints, maximum: 20)
        let values = cases.map { entry in
            MeanKeypointSimilarity.values(
                labels: entry.picture.objects.filter { $0.category == "person" }, detections: entry.outcome.objects)
        }
        // Of pictures, because people of one picture are not independent.
        let interval = bootstrap.intervals(units: values.count) { drawn in
            let sum = zip(drawn, values).reduce(0) { $0 + Double($1.0) * $1.1.reduce(0, +) }
            let count = zip(drawn, values).reduce(0) { $0 + $1.0 * $1.1.count }
            return [count > 0 ? sum / Double(count) : nil]
        }
        report.summary.set(\.meanOKS, .meanOKS, values.flatMap { $0 }.mean, interval.first ?? nil)
        report.summary.notes.append("Mean OKS counts a labelled person without a pose as 0.")
        addWellLabelled(to: &report)
        if dataset.format == .pose {
            report.summary.notes.append(
                "The labels have no masks; the area for OKS is \(DatasetReading.maskShareOfBox) of the box.")
        }
        return report
    }

    /// Persons with six points or more on boxes above 48×48 apart: of the others OKS says little.
    private func addWellLabelled(to report: inout EvaluationReport) {
        let values = cases.flatMap { entry in
            MeanKeypointSimilarity.values(
                labels: entry.picture.objects.filter { label in
                    label.category == "person" && min(label.box.width, label.box.height) > 48
                        && label.keypoints.count { $0.visibility != .absent } >= 6
                }, detections: entry.outcome.objects)
        }
        guard let mean = values.mean else { return }
        report.summary.parts["six points or more"] = ["labels": Double(values.count), "mean_oks": mean]
    }

    private func objects(
        task: String, categories: [String], score: Double, similarity: Similarity, maximum: Int
    ) -> EvaluationReport {
        let pictures = cases.map { (labels: $0.picture.objects, detections: $0.outcome.objects) }
        let accuracy = DetectionAccuracy(pictures, categories: categories, similarity: similarity, maximum: maximum)
        let intervals = accuracy.intervals(bootstrap)
        var summary = summary(task, items: pictures.count)
        summary.set(\.ap50, .ap50, accuracy.ap50(), intervals.ap50)
        summary.set(\.ap50To95, .ap50To95, accuracy.ap5095(), intervals.ap5095)
        summary.set(\.recall, .recall, accuracy.recall(score: score))
        summary.set(\.precision, .precision, accuracy.precision(score: score))
        summary.notes.append("Recall and precision are those at the score \(Figures.fixed(score, 2)), IoU or OKS 0.50.")
        var report = EvaluationReport(summary: summary)
        addClasses(accuracy, score, to: &report)
        report.charts = [Self.precisionChart(accuracy)]
        report.keepWorst(
            of: cases.compactMap {
                Self.mistakes($0.picture, $0.outcome, categories, score, similarity, maximum)
            })
        return report
    }

    private func addClasses(_ accuracy: DetectionAccuracy, _ score: Double, to report: inout EvaluationReport) {
        var rows: [[String]] = []
        for (name, matches) in accuracy.categories where matches.labelCount > 0 {
            let ap50 = matches.averagePrecision(at: 0)
            let ap5095 = matches.averagePrecision()
            let recall = matches.recall(score: score)
            let precision = matches.precision(score: score)
            var figures = ["labels": Double(matches.labelCount)]
            figures["ap50"] = ap50
            figures["ap50_95"] = ap5095
            figures["recall"] = recall.value
            figures["precision"] = precision.value
            report.summary.parts[name] = figures
            rows.append([
                name, String(matches.labelCount), Figures.text(ap50), Figures.text(ap5095), Figures.text(recall),
                Figures.text(recall.interval), Figures.text(precision),
            ])
        }
        report.tables.append(
            ReportTable(
                title: "By class",
                columns: ["class", "labels", "AP50", "AP50:95", "recall", "95 % interval", "precision"], rows: rows))
    }

    private static func precisionChart(_ accuracy: DetectionAccuracy) -> ReportChart {
        let shown = accuracy.categories.filter { $0.matches.labelCount > 0 }
            .sorted { $0.matches.labelCount > $1.matches.labelCount }.prefix(6)
        let series = shown.map { name, matches in
            let precisions = matches.curve(at: 0)?.precisions ?? []
            return ReportChart.Series(
                name: name, points: precisions.enumerated().map { (Double($0.offset) / 100, $0.element) })
        }
        return ReportChart(
            title: "Precision over recall, IoU or OKS 0.50", xTitle: "recall", yTitle: "precision",
            series: Array(series))
    }

    private static func mistakes(
        _ picture: LabelledPicture, _ outcome: CaseOutcome, _ categories: [String], _ score: Double,
        _ similarity: Similarity, _ maximum: Int
    ) -> WorstCase? {
        var missed: [LabelledObject] = []
        var wrong: [DetectedObject] = []
        for category in categories {
            let matching = PictureMatching(
                labels: picture.objects.filter { $0.category == category },
                detections: outcome.objects.filter {
                    $0.category == category && $0.isUsable && similarity.isUsable($0)
                }, similarity: similarity, areas: .all, maximum: maximum)
            let mistakes = matching.mistakes(at: 0.5, score: score)
            missed += mistakes.missed
            wrong += mistakes.wrong
        }
        guard !missed.isEmpty || !wrong.isEmpty else { return nil }
        let marks = missed.map(ReportPicture.Mark.init(label:)) + wrong.map(ReportPicture.Mark.init(answer:))
        let failure = outcome.failure.map { "; \($0)" } ?? ""
        return WorstCase(
            title: picture.id, reason: "\(missed.count) missed, \(wrong.count) wrong\(failure)",
            severity: Double(missed.count + wrong.count), pictures: [ReportPicture(picture, marks: marks)])
    }
}

extension ReportPicture.Mark {
    init(label: LabelledObject) {
        self.init(
            kind: .label, box: label.box,
            points: label.keypoints.filter { $0.visibility != .absent }.map { .init(x: $0.x, y: $0.y) },
            text: label.text ?? label.category)
    }

    init(answer: DetectedObject) {
        self.init(
            kind: .answer, box: answer.box, points: answer.keypoints,
            text: "\(answer.text ?? answer.category) \(Figures.fixed(answer.score, 2))")
    }
}
