extension EvaluationInput {
    /// Behaviour, colours, types and other attributes of labelled objects: a confusion matrix an attribute.
    /// - Parameters:
    ///   - task: its name in the report.
    ///   - keys: the attributes to judge; the first one's figures are the summary's `accuracy`, `precision` and `coverage`.
    ///   - unlabelled: values that say that the label does not know; such objects are left out.
    public func attributes(
        task: String, keys: [String], unlabelled: Set<String> = ["unknown"]
    ) -> EvaluationReport {
        var answers: [String: [(truth: String, answer: String?)]] = [:]
        var worst: [WorstCase] = []
        var labelled = 0
        var found = 0
        for (picture, outcome) in cases {
            let paired = BoxPairing(labels: picture.objects, detections: outcome.objects).detectionOfLabel
            for (label, detection) in zip(picture.objects, paired) {
                let truths = keys.compactMap { key in label.attributes[key].map { (key: key, value: $0) } }
                    .filter { !unlabelled.contains($0.value) }
                guard !truths.isEmpty else { continue }
                labelled += 1
                if detection != nil { found += 1 }
                for (key, value) in truths { answers[key, default: []].append((value, detection?.attributes[key])) }
                if let mistake = Self.mistake(picture, label, detection, truths) { worst.append(mistake) }
            }
        }
        var summary = summary(task, items: labelled)
        for (key, answers) in answers { summary.confusion[key] = ConfusionMatrix(answers) }
        if let first = keys.first, let matrix = summary.confusion[first] {
            summary.set(\.accuracy, .accuracy, matrix.accuracy)
            summary.set(\.precision, .precision, matrix.precision)
            summary.set(\.coverage, .coverage, matrix.coverage)
            summary.notes.append("Accuracy, precision and coverage are those of \(first); the others have their own.")
        }
        summary.set(\.detectionRecall, .detectionRecall, Rate(found, of: labelled))
        summary.notes.append(
            "Precision is of what was answered, coverage the share that was; accuracy counts no answer as wrong.")
        var report = EvaluationReport(summary: summary)
        for key in keys { addClasses(of: key, to: &report) }
        report.keepWorst(of: worst)
        return report
    }

    private func addClasses(of key: String, to report: inout EvaluationReport) {
        guard let matrix = report.summary.confusion[key] else { return }
        var whole = ["labels": Double(matrix.total)]
        whole["accuracy"] = matrix.accuracy.value
        whole["precision"] = matrix.precision.value
        whole["coverage"] = matrix.coverage.value
        report.summary.parts[key] = whole
        var rows = [
            [
                "all", String(matrix.total), Figures.text(matrix.precision), Figures.text(matrix.accuracy),
                Figures.text(matrix.accuracy.interval), Figures.text(matrix.coverage),
            ]
        ]
        for figures in matrix.perClass {
            var values = ["labels": Double(figures.count)]
            values["precision"] = figures.precision.value
            values["recall"] = figures.recall.value
            report.summary.parts["\(key)=\(figures.name)"] = values
            rows.append([
                figures.name, String(figures.count), Figures.text(figures.precision), Figures.text(figures.recall),
                Figures.text(figures.recall.interval), "",
            ])
        }
        report.tables.append(
            ReportTable(
                title: key, columns: ["class", "labels", "precision", "recall", "95 % interval", "coverage"], rows: rows
            ))
    }

    private static func mistake(
        _ picture: LabelledPicture, _ label: LabelledObject, _ detection: DetectedObject?,
        _ truths: [(key: String, value: String)]
    ) -> WorstCase? {
        let wrong = truths.filter { detection?.attributes[$0.key] != $0.value }
        guard !wrong.isEmpty else { return nil }
        let reasons = wrong.map { truth in
            "\(truth.key) is \(truth.value), \(detection?.attributes[truth.key].map { "answered \($0)" } ?? "no answer")"
        }
        // A wrong answer is worse than none.
        let severity = wrong.reduce(0.0) {
            $0 + (detection?.attributes[$1.key] == nil ? 1 : 2 + (detection?.score ?? 0))
        }
        let marks = [ReportPicture.Mark(label: label)] + (detection.map { [ReportPicture.Mark(answer: $0)] } ?? [])
        return WorstCase(
            title: picture.id, reason: (detection == nil ? "not found; " : "") + reasons.joined(separator: "; "),
            severity: severity, pictures: [ReportPicture(picture, marks: marks)])
    }

    /// Living faces and attacks.
    public func liveness() -> EvaluationReport {
        let judged = cases.filter { $0.picture.isLive != nil }
        let accuracy = LivenessAccuracy(
            judged.map { entry in
                let attack = entry.picture.isLive == true ? nil : entry.picture.attack ?? "attack"
                return (attack, entry.outcome.isTakenForLive == true)
            })
        var summary = summary("liveness", items: judged.count)
        summary.set(\.bpcer, .bpcer, accuracy.bonaFideErrors)
        summary.metrics.apcer = accuracy.apcer
        summary.metrics.acer = accuracy.acer
        summary.notes.append("A face that could not be judged counts as taken for an attack.")
        if accuracy.attackErrors.isEmpty { summary.notes.append("The set has no attacks: no APCER and no ACER.") }
        var rows: [[String]] = []
        for (kind, rate) in accuracy.attackErrors.sorted(by: { $0.key < $1.key }) {
            summary.parts[kind] = ["attacks": Double(rate.count)]
            summary.parts[kind]?["apcer"] = rate.value
            rows.append([kind, Figures.text(rate), Figures.text(rate.interval)])
        }
        var report = EvaluationReport(summary: summary)
        report.tables.append(
            ReportTable(title: "By kind of attack", columns: ["kind", "APCER", "95 % interval"], rows: rows))
        report.keepWorst(of: judged.compactMap { Self.misjudged($0.picture, $0.outcome) })
        return report
    }

    private static func misjudged(_ picture: LabelledPicture, _ outcome: CaseOutcome) -> WorstCase? {
        let isLive = picture.isLive == true
        guard isLive != (outcome.isTakenForLive == true) else { return nil }
        let score = outcome.score ?? 0.5
        let shown = outcome.score.map { ", score \(Figures.text($0))" } ?? ""
        let verdict = outcome.isTakenForLive.map { $0 ? "taken for live" : "taken for an attack" } ?? "not judged"
        return WorstCase(
            title: picture.id, reason: verdict + shown + (outcome.failure.map { "; \($0)" } ?? ""),
            severity: isLive ? 1 - score : score,
            pictures: [ReportPicture(picture, marks: outcome.objects.map(ReportPicture.Mark.init(answer:)))])
    }
}
