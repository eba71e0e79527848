import Foundation

/// What `aibox evaluate --json` prints: the figures of one task on one set.
public struct EvaluationSummary: Hashable, Sendable, Codable {
    public var task: String
    /// The data set's name.
    public var data: String
    /// What was counted: pictures, pairs or searches, as the task has it.
    public var items: Int
    public var models: [EvaluatedModel]
    public var metrics: EvaluationMetrics
    public var timing: EvaluationTiming?
    /// 95 % intervals by the metric's name; of `tar_at_far` as `tar_at_far.1e-2`.
    public var intervals: [String: Interval]
    /// Figures that rest on a fitted tail and not on a count, by name as above.
    public var extrapolated: [String]
    /// Further figures by class, region, group or attribute: name of the part → name of the figure → value.
    public var parts: [String: [String: Double]]
    /// How often each class was answered for each, by attribute.
    public var confusion: [String: ConfusionMatrix]
    /// Which cosine belongs to which rate of false accepts.
    public var calibration: FalseAcceptCalibration?
    /// Cases that could not be run, and labels that could not be read.
    public var failures: Int
    public var labelErrors: [DatasetError]
    /// What to know when reading the figures, a sentence each.
    public var notes: [String]

    public init(task: String, data: String, items: Int, models: [EvaluatedModel]) {
        self.task = task
        self.data = data
        self.items = items
        self.models = models
        metrics = EvaluationMetrics()
        timing = nil
        intervals = [:]
        extrapolated = []
        parts = [:]
        confusion = [:]
        calibration = nil
        failures = 0
        labelErrors = []
        notes = []
    }

    enum CodingKeys: String, CodingKey {
        case task, data, items, models, metrics, intervals, extrapolated, parts, confusion, calibration, failures, notes
        case timing = "timing_ms"
        case labelErrors = "label_errors"
    }

    /// Sorted keys, one line a field.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}

/// A model as it was measured.
public struct EvaluatedModel: Hashable, Sendable, Codable {
    public var name: String
    public var version: String
    public var engine: String
    /// SHA-256 of the model's file, in hexadecimal.
    public var sha256: String?

    public init(name: String, version: String, engine: String, sha256: String? = nil) {
        self.name = name
        self.version = version
        self.engine = engine
        self.sha256 = sha256
    }
}

/// The figures of the contract; those that the task does not have are absent.
public struct EvaluationMetrics: Hashable, Sendable, Codable {
    public var ap50: Double?
    public var ap50To95: Double?
    public var recall: Double?
    public var precision: Double?
    public var accuracy: Double?
    public var coverage: Double?
    public var eer: Double?
    /// `1e-2`, `1e-3`, `1e-4`.
    public var tarAtFAR: [String: Double]?
    public var rank1: Double?
    public var rank5: Double?
    public var meanAveragePrecision: Double?
    /// `1e-1`, `1e-2`.
    public var tpirAtFPIR: [String: Double]?
    public var exact: Double?
    public var exactFolded: Double?
    public var detectionRecall: Double?
    public var readingRate: Double?
    public var readingRateFolded: Double?
    public var characterErrorRate: Double?
    public var characterErrorRateOfAll: Double?
    public var meanOKS: Double?
    public var apcer: Double?
    public var bpcer: Double?
    public var acer: Double?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case ap50, recall, precision, accuracy, coverage, eer, rank1, rank5, exact, apcer, bpcer, acer
        case ap50To95 = "ap50_95"
        case tarAtFAR = "tar_at_far"
        case meanAveragePrecision = "map"
        case tpirAtFPIR = "tpir_at_fpir"
        case exactFolded = "exact_folded"
        case detectionRecall = "detection_recall"
        case readingRate = "reading_rate"
        case readingRateFolded = "reading_rate_folded"
        case characterErrorRate = "character_error_rate"
        case characterErrorRateOfAll = "character_error_rate_all"
        case meanOKS = "mean_oks"
    }

    /// Name and value of every figure there is, in the order of reports.
    public var named: [(name: String, value: Double)] {
        let single: [(CodingKeys, Double?)] = [
            (.ap50, ap50), (.ap50To95, ap50To95), (.meanOKS, meanOKS), (.recall, recall), (.precision, precision),
            (.accuracy, accuracy), (.coverage, coverage), (.eer, eer), (.rank1, rank1), (.rank5, rank5),
            (.meanAveragePrecision, meanAveragePrecision), (.exact, exact), (.exactFolded, exactFolded),
            (.detectionRecall, detectionRecall), (.readingRate, readingRate), (.readingRateFolded, readingRateFolded),
            (.characterErrorRate, characterErrorRate), (.characterErrorRateOfAll, characterErrorRateOfAll),
            (.bpcer, bpcer), (.apcer, apcer), (.acer, acer),
        ]
        var found = single.compactMap { key, value in value.map { (name: key.rawValue, value: $0) } }
        for (key, rates) in [(CodingKeys.tarAtFAR, tarAtFAR), (.tpirAtFPIR, tpirAtFPIR)] {
            for (rate, value) in (rates ?? [:]).sorted(by: { $0.key < $1.key }) {
                found.append(("\(key.rawValue).\(rate)", value))
            }
        }
        return found
    }
}

/// Milliseconds a case.
public struct EvaluationTiming: Hashable, Sendable, Codable {
    public var p50: Double
    public var p95: Double
    public var mean: Double
    public var count: Int
    /// The same of every stage that was measured.
    public var stages: [String: Quantiles]

    public struct Quantiles: Hashable, Sendable, Codable {
        public var p50: Double
        public var p95: Double
    }

    /// `nil` when nothing was measured.
    public init?(_ milliseconds: [Double], stages: [String: [Double]] = [:]) {
        let usable = milliseconds.filter(\.isFinite)
        guard let p50 = usable.quantile(0.5), let p95 = usable.quantile(0.95), let mean = usable.mean else {
            return nil
        }
        self.p50 = p50
        self.p95 = p95
        self.mean = mean
        count = usable.count
        self.stages = stages.compactMapValues { values in
            guard let p50 = values.quantile(0.5), let p95 = values.quantile(0.95) else { return nil }
            return Quantiles(p50: p50, p95: p95)
        }
    }
}
