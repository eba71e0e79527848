/// How templates are made into pairs, and what the set says of people.
struct TemplateSet {
    let pictures: [LabelledPicture]
    /// Unit vectors; `nil` where no face was found.
    let vectors: [[Float]?]
    /// The person's number, by name.
    let people: [Int]
    let groupOfPerson: [Int: String]

    /// Pictures whose vector has another length than the first one's, or is not finite, count as without a face.
    init(_ cases: [(picture: LabelledPicture, outcome: CaseOutcome)]) {
        let known = cases.filter { $0.picture.person != nil }
        let names = Set(known.compactMap(\.picture.person)).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0.element, $0.offset) })
        pictures = known.map(\.picture)
        people = known.map { numbers[$0.picture.person ?? ""] ?? 0 }
        let length = known.lazy.compactMap { $0.outcome.embedding?.count }.first
        vectors = known.map { entry in
            guard let vector = entry.outcome.embedding, vector.count == length else { return nil }
            return Self.unit(vector)
        }
        var groups: [Int: String] = [:]
        for (picture, person) in zip(pictures, people) { groups[person] = picture.group }
        groupOfPerson = groups
    }

    /// −1, which accepts nobody, when one of the two has no vector.
    func cosine(_ one: Int, _ other: Int) -> Double {
        guard let left = vectors[one], let right = vectors[other] else { return -1 }
        var sum: Float = 0
        for index in left.indices { sum += left[index] * right[index] }
        return Double(min(1, max(-1, sum)))
    }

    /// Every pair, as indices of pictures, first before second. Pairs of different people without a vector are left out:
    /// they would make false accepts look rarer. Of more than `limit` pairs of different people a sample is taken.
    func allPairs(limit: Int, seed: UInt64) -> [(first: Int, second: Int)] {
        let count = pictures.count
        let total = count * (count - 1) / 2
        var random = SeededGenerator(seed: seed)
        let share = Double(limit) / Double(max(1, total))
        var pairs: [(first: Int, second: Int)] = []
        for first in 0..<count {
            for second in (first + 1)..<max(count, first + 1) {
                if people[first] != people[second] {
                    guard vectors[first] != nil, vectors[second] != nil else { continue }
                    if share < 1, Double.random(in: 0..<1, using: &random) >= share { continue }
                }
                pairs.append((first, second))
            }
        }
        return pairs
    }

    func scored(_ pair: (first: Int, second: Int)) -> ScoredPair {
        ScoredPair(score: cosine(pair.first, pair.second), first: people[pair.first], second: people[pair.second])
    }

    private static func unit(_ vector: [Float]) -> [Float]? {
        let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return norm.isFinite && norm > 0 ? vector.map { $0 / norm } : nil
    }
}

extension EvaluationInput {
    /// More pairs of different people than this tell nothing new within the minutes that an evaluation may take.
    static let maximumPairs = 5_000_000
    /// At least so many false accepts must be expected for a true accept rate to count as measured; below, the threshold
    /// is taken from the fitted tail. The interval tells how well.
    static let minimumFalseAccepts = 5.0
    static let falseAcceptRates = [("1e-2", 1e-2), ("1e-3", 1e-3), ("1e-4", 1e-4)]

    /// Faces found in pictures that show one person each (`pairs` layout).
    public func facesFound() -> EvaluationReport {
        let all = cases
        var summary = summary("faces", items: all.count)
        summary.set(\.detectionRecall, .detectionRecall, Rate(all.count { !$0.outcome.objects.isEmpty }, of: all.count))
        summary.notes.append("The set labels no boxes: a picture counts as found when it has any face.")
        var report = EvaluationReport(summary: summary)
        report.keepWorst(
            of: all.filter(\.outcome.objects.isEmpty).map {
                WorstCase(
                    title: $0.picture.id, reason: $0.outcome.failure ?? "no face found", severity: 1,
                    pictures: [ReportPicture($0.picture)])
            })
        return report
    }

    /// Verification over all pairs of the set, ten-fold accuracy on its pair list if it has one, and the calibration of
    /// false accepts, for the worst group where people have groups.
    /// - Parameter threshold: the product's default cosine, for the rates there; `nil` to leave them out.
    public func facePairs(threshold: Double? = nil, task: String = "face-pairs") -> EvaluationReport {
        let templates = TemplateSet(cases)
        let pairs = templates.allPairs(limit: Self.maximumPairs, seed: bootstrap.seed)
        let scored = pairs.map(templates.scored)
        let set = ScoredPairs(scored)
        let curve = set.curve()
        var summary = summary(task, items: pairs.count)
        addRates(set, curve, to: &summary)
        addAccuracy(templates, scored, to: &summary)
        let impostors = scored.filter { !$0.isSame }
        let genuine = scored.filter(\.isSame).map(\.score).sorted()
        if !genuine.isEmpty { summary.parts["genuine"] = ["median": genuine[genuine.count / 2]] }
        summary.calibration = Self.calibration(impostors, templates)
        let missing = templates.vectors.count { $0 == nil }
        summary.notes.append(
            "\(set.genuineCount) pairs of the same person, \(set.impostorCount) of different people, \(set.people) people."
        )
        if missing > 0 {
            summary.notes.append(
                "\(missing) pictures gave no template: their pairs of the same person count as rejected.")
        }
        if let threshold { addOperatingPoint(set, threshold, to: &summary) }
        var report = EvaluationReport(summary: summary)
        addGroups(scored, templates, curve, threshold, to: &report)
        report.charts = [Self.chart(curve), Self.histogram(scored)]
        report.keepWorst(of: Self.worst(pairs, templates, curve))
        return report
    }

    private func addRates(_ set: ScoredPairs, _ curve: [ScoredPairs.Step], to summary: inout EvaluationSummary) {
        let measured = Self.falseAcceptRates.filter { Double(set.impostorCount) * $0.1 >= Self.minimumFalseAccepts }
        let intervals = set.intervals(bootstrap) { steps in
            [steps.equalErrorRate] + measured.map { steps.step(atFalseAcceptRate: $0.1)?.trueAcceptRate }
        }
        summary.set(\.eer, .eer, curve.equalErrorRate, intervals.first ?? nil)
        var rates: [String: Double] = [:]
        for (index, (name, rate)) in measured.enumerated() {
            rates[name] = curve.step(atFalseAcceptRate: rate)?.trueAcceptRate
            if index + 1 < intervals.count { summary.intervals["tar_at_far.\(name)"] = intervals[index + 1] }
        }
        let tail = TailFit(descending: set.impostorScores)
        for (name, rate) in Self.falseAcceptRates where rates[name] == nil {
            guard let tail, rate < tail.share, set.genuineCount > 0 else { continue }
            rates[name] = set.rates(at: tail.score(reachedBy: rate)).trueAccepts.value
            summary.extrapolated.append("tar_at_far.\(name)")
        }
        summary.metrics.tarAtFAR = rates.isEmpty ? nil : rates
        if !summary.extrapolated.isEmpty {
            summary.notes.append(
                "Extrapolated: too few pairs of different people to count; the threshold is from a generalised Pareto "
                    + "tail fitted to their scores.")
        }
    }

    private func addAccuracy(
        _ templates: TemplateSet, _ scored: [ScoredPair], to summary: inout EvaluationSummary
    ) {
        let places = Dictionary(
            uniqueKeysWithValues: templates.pictures.enumerated().map { ($0.element.id, $0.offset) })
        let listed = dataset.pairs.compactMap { pair -> ScoredPair? in
            guard let first = places[pair.first], let second = places[pair.second] else { return nil }
            return templates.scored((first, second))
        }
        guard let folds = FoldAccuracy(inOrder: listed) ?? FoldAccuracy(byPerson: scored) else { return }
        let half = 1.959963984540054 * folds.standardError
        summary.set(
            \.accuracy, .accuracy, folds.mean,
            Interval(low: max(0, folds.mean - half), high: min(1, folds.mean + half)))
        summary.notes.append(
            listed.isEmpty
                ? "Accuracy is balanced, over ten folds with nobody in both parts."
                : "Accuracy is over ten folds of the set's \(listed.count) listed pairs, in their order.")
    }

    private static func calibration(_ impostors: [ScoredPair], _ templates: TemplateSet) -> FalseAcceptCalibration? {
        var groups: [String: [Double]] = [:]
        for pair in impostors {
            guard let group = templates.groupOfPerson[pair.first], group == templates.groupOfPerson[pair.second] else {
                continue
            }
            groups[group, default: []].append(pair.score)
        }
        let scores = impostors.map(\.score)
        return groups.isEmpty
            ? FalseAcceptCalibration(impostors: scores) : FalseAcceptCalibration(impostors: scores, within: groups)
    }

    private func addOperatingPoint(_ set: ScoredPairs, _ threshold: Double, to summary: inout EvaluationSummary) {
        let rates = set.rates(at: threshold)
        var figures = ["threshold": threshold]
        figures["true_accept_rate"] = rates.trueAccepts.value
        figures["false_accept_rate"] = rates.falseAccepts.value
        figures["false_accept_rate_low"] = rates.falseAccepts.interval?.low
        figures["false_accept_rate_high"] = rates.falseAccepts.interval?.high
        summary.parts["default threshold"] = figures
    }

    /// Each group by itself at the threshold that lets one in a thousand of all impostors pass, or the default one.
    private func addGroups(
        _ scored: [ScoredPair], _ templates: TemplateSet, _ curve: [ScoredPairs.Step], _ threshold: Double?,
        to report: inout EvaluationReport
    ) {
        let names = Set(templates.groupOfPerson.values).sorted()
        guard !names.isEmpty, let at = threshold ?? curve.step(atFalseAcceptRate: 1e-3)?.threshold, at.isFinite else {
            return
        }
        var rows: [[String]] = []
        for name in names {
            let set = ScoredPairs(
                scored.filter {
                    templates.groupOfPerson[$0.first] == name && templates.groupOfPerson[$0.second] == name
                })
            let rates = set.rates(at: at)
            let eer = set.curve().equalErrorRate
            var figures = [
                "genuine": Double(set.genuineCount), "impostors": Double(set.impostorCount), "threshold": at,
            ]
            figures["eer"] = eer
            figures["true_accept_rate"] = rates.trueAccepts.value
            figures["false_accept_rate"] = rates.falseAccepts.value
            report.summary.parts["group \(name)"] = figures
            rows.append([
                name, Figures.text(rates.trueAccepts), Figures.text(rates.trueAccepts.interval),
                Figures.text(rates.falseAccepts), Figures.text(rates.falseAccepts.interval), Figures.text(eer),
            ])
        }
        report.tables.append(
            ReportTable(
                title: "By group, cosine \(Figures.fixed(at, 4))",
                columns: ["group", "true accepts", "95 % interval", "false accepts", "95 % interval", "EER"],
                rows: rows))
    }
}
