/// A data set, what the runs on its pictures gave, and how to judge: from here to a report a call a task.
///
/// A picture without an outcome is left out of every figure; one whose outcome is a failure counts as answered by
/// nothing. Reports come without pictures, environment and checksums, which the caller has.
public struct EvaluationInput: Sendable {
    public var dataset: Dataset
    /// By `LabelledPicture.id`.
    public var outcomes: [String: CaseOutcome]
    public var models: [EvaluatedModel]
    public var bootstrap: Bootstrap

    public init(
        dataset: Dataset, outcomes: [String: CaseOutcome], models: [EvaluatedModel], bootstrap: Bootstrap = Bootstrap()
    ) {
        self.dataset = dataset
        self.outcomes = outcomes
        self.models = models
        self.bootstrap = bootstrap
    }

    /// In the order of the data set.
    var cases: [(picture: LabelledPicture, outcome: CaseOutcome)] {
        dataset.pictures.compactMap { picture in outcomes[picture.id].map { (picture, $0) } }
    }

    /// A summary with everything but figures.
    func summary(_ task: String, items: Int) -> EvaluationSummary {
        var summary = EvaluationSummary(task: task, data: dataset.name, items: items, models: models)
        let run = cases.map(\.outcome)
        var stages: [String: [Double]] = [:]
        for outcome in run {
            for (name, value) in outcome.stages where value.isFinite { stages[name, default: []].append(value) }
        }
        summary.timing = EvaluationTiming(run.compactMap(\.milliseconds), stages: stages)
        summary.failures = run.count { $0.failure != nil }
        summary.labelErrors = dataset.errors
        let left = dataset.pictures.count - run.count
        if left > 0 { summary.notes.append("\(left) pictures of the set were not run.") }
        let broken = dataset.errors.count + dataset.omittedErrors
        if broken > 0 { summary.notes.append("\(broken) labels could not be read and are left out.") }
        return summary
    }
}

extension EvaluationSummary {
    mutating func set(
        _ path: WritableKeyPath<EvaluationMetrics, Double?>, _ key: EvaluationMetrics.CodingKeys, _ rate: Rate
    ) {
        metrics[keyPath: path] = rate.value
        intervals[key.rawValue] = rate.interval
    }

    mutating func set(
        _ path: WritableKeyPath<EvaluationMetrics, Double?>, _ key: EvaluationMetrics.CodingKeys, _ value: Double?,
        _ interval: Interval?
    ) {
        metrics[keyPath: path] = value
        intervals[key.rawValue] = value == nil ? nil : interval
    }
}
