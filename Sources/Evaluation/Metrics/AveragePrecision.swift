/// Precision at COCO's 101 levels of recall, at one threshold.
public struct PrecisionCurve: Sendable {
    /// At recall 0, 0.01 … 1; 0 beyond the recall that was reached.
    public let precisions: [Double]
    /// The recall of all detections together.
    public let recall: Double

    /// The mean of the 101 precisions.
    public var average: Double { precisions.reduce(0, +) / Double(precisions.count) }
}

extension CategoryMatches {
    /// - Parameters:
    ///   - threshold: an index into `thresholds`.
    ///   - drawn: how often each picture counts, for the bootstrap; `nil` for once each.
    /// - Returns: `nil` when there is no label.
    public func curve(at threshold: Int, drawn: [Int]? = nil) -> PrecisionCurve? {
        let weights = drawn ?? Array(repeating: 1, count: positives.count)
        let labels = zip(positives, weights).reduce(0) { $0 + $1.0 * $1.1 }
        guard labels > 0 else { return nil }
        var recalls: [Double] = []
        var precisions: [Double] = []
        var hits = 0
        var misses = 0
        for entry in entries {
            switch entry.verdicts[threshold] {
            case .hit: hits += weights[entry.picture]
            case .miss: misses += weights[entry.picture]
            case .ignored: break
            }
            recalls.append(Double(hits) / Double(labels))
            precisions.append(Double(hits) / (Double(hits + misses) + .ulpOfOne))
        }
        // Precision never rises with recall: what a lower threshold reaches counts for all above it.
        var best = 0.0
        for index in precisions.indices.reversed() {
            best = max(best, precisions[index])
            precisions[index] = best
        }
        return PrecisionCurve(precisions: sampled(precisions, recalls), recall: recalls.last ?? 0)
    }

    /// The average precision at one threshold, an index into `thresholds`; `nil` when there is no label.
    public func averagePrecision(at threshold: Int, drawn: [Int]? = nil) -> Double? {
        curve(at: threshold, drawn: drawn)?.average
    }

    /// The mean over all thresholds: AP50:95 with COCO's ten.
    public func averagePrecision(drawn: [Int]? = nil) -> Double? {
        thresholds.indices.compactMap { averagePrecision(at: $0, drawn: drawn) }.mean
    }

    /// The recall of all detections, mean over thresholds (COCO's AR).
    public func averageRecall() -> Double? { thresholds.indices.compactMap { curve(at: $0)?.recall }.mean }

    /// Labels found by detections of at least that score, at the threshold of that index.
    public func recall(at threshold: Int = 0, score: Double) -> Rate {
        Rate(count(.hit, at: threshold, score: score), of: labelCount)
    }

    /// How many detections of at least that score are right; ignored ones do not count.
    public func precision(at threshold: Int = 0, score: Double) -> Rate {
        let hits = count(.hit, at: threshold, score: score)
        return Rate(hits, of: hits + count(.miss, at: threshold, score: score))
    }

    private func count(_ verdict: Verdict, at threshold: Int, score: Double) -> Int {
        entries.count { $0.score >= score && $0.verdicts[threshold] == verdict }
    }

    /// Precision at 101 levels of recall: of the first point that reaches each.
    private func sampled(_ precisions: [Double], _ recalls: [Double]) -> [Double] {
        var point = 0
        return (0...100).map { level in
            // NumPy's linspace(0, 1, 101).
            let wanted = level == 100 ? 1 : Double(level) * 0.01
            while point < recalls.count, recalls[point] < wanted { point += 1 }
            return point < recalls.count ? precisions[point] : 0
        }
    }
}

/// The classes of a data set together.
public struct DetectionAccuracy: Sendable {
    /// In the order given, those without labels included.
    public let categories: [(name: String, matches: CategoryMatches)]
    private let pictureCount: Int

    /// - Parameters:
    ///   - pictures: labels and detections of every picture.
    ///   - categories: the classes to look at.
    public init(
        _ pictures: [(labels: [LabelledObject], detections: [DetectedObject])], categories: [String],
        similarity: Similarity = .boxes, areas: AreaRange = .all, maximum: Int = 100
    ) {
        pictureCount = pictures.count
        self.categories = categories.map {
            ($0, CategoryMatches(pictures, category: $0, similarity: similarity, areas: areas, maximum: maximum))
        }
    }

    /// The mean of the classes that have labels, at IoU 0.50; `nil` when none has.
    public func ap50(drawn: [Int]? = nil) -> Double? {
        categories.compactMap { $0.matches.averagePrecision(at: 0, drawn: drawn) }.mean
    }

    /// The mean of the classes that have labels and of IoU 0.50 to 0.95.
    public func ap5095(drawn: [Int]? = nil) -> Double? {
        categories.compactMap { $0.matches.averagePrecision(drawn: drawn) }.mean
    }

    /// Labels of all classes found by detections of at least that score.
    public func recall(score: Double) -> Rate { sum { $0.recall(score: score) } }
    public func precision(score: Double) -> Rate { sum { $0.precision(score: score) } }

    /// Over pictures, with `bootstrap` cut down to what the number of detections allows.
    public func intervals(_ bootstrap: Bootstrap) -> (ap50: Interval?, ap5095: Interval?) {
        let work = categories.reduce(pictureCount) { $0 + $1.matches.detectionCount * 11 + 1000 }
        let found = bootstrap.affordable(work: work).intervals(units: pictureCount) { drawn in
            [ap50(drawn: drawn), ap5095(drawn: drawn)]
        }
        return (found.first ?? nil, found.last ?? nil)
    }

    private func sum(_ rate: (CategoryMatches) -> Rate) -> Rate {
        let rates = categories.map { rate($0.matches) }
        return Rate(rates.reduce(0) { $0 + $1.hits }, of: rates.reduce(0) { $0 + $1.count })
    }
}
