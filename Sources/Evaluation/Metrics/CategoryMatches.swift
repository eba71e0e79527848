/// The detections of one class over all pictures, each held against the labels at every threshold of similarity: all
/// that average precision and recall need. Matching and its order are those of COCO's evaluation (cocodataset/cocoapi,
/// PythonAPI/pycocotools/cocoeval.py): by descending score, every label once, crowds and ignored labels are neither.
public struct CategoryMatches: Sendable {
    enum Verdict: UInt8, Sendable {
        case miss
        case hit
        case ignored
    }

    struct Entry: Sendable {
        let score: Double
        let picture: Int
        /// One a threshold.
        let verdicts: [Verdict]
    }

    /// The similarities from which a detection may count as a label.
    public let thresholds: [Double]
    /// By descending score, of all pictures.
    let entries: [Entry]
    /// How many labels count, a picture each.
    let positives: [Int]

    /// How many labels count in all.
    public var labelCount: Int { positives.reduce(0, +) }
    /// How many detections were judged, ignored ones included.
    public var detectionCount: Int { entries.count }

    /// 0.50, 0.55 … 0.95, to the last bit as NumPy's `linspace` makes them.
    public static let cocoThresholds: [Double] = {
        let step = (0.95 - 0.5) / 9
        let lower = (0..<9).map { Double($0) * step + 0.5 }
        return lower + [0.95]
    }()

    /// - Parameters:
    ///   - pictures: labels and detections of every picture; only those of `category` are looked at.
    ///   - category: the class; `nil` takes all as one class.
    ///   - similarity: boxes' overlap, or keypoints'.
    ///   - areas: labels of other sizes are ignored, in square pixels.
    ///   - maximum: how many detections of a picture are looked at, best first.
    public init(
        _ pictures: [(labels: [LabelledObject], detections: [DetectedObject])], category: String?,
        similarity: Similarity = .boxes, thresholds: [Double] = cocoThresholds,
        areas: AreaRange = .all, maximum: Int = 100
    ) {
        self.thresholds = thresholds
        var entries: [Entry] = []
        var positives: [Int] = []
        for (index, picture) in pictures.enumerated() {
            let labels = picture.labels.filter { category == nil || $0.category == category }
            let detections = picture.detections.filter {
                (category == nil || $0.category == category) && $0.isUsable && similarity.isUsable($0)
            }
            let matching = PictureMatching(
                labels: labels, detections: detections, similarity: similarity, areas: areas, maximum: maximum)
            positives.append(matching.positives)
            let verdicts = thresholds.map(matching.verdicts(at:))
            for (place, detection) in matching.detections.enumerated() {
                entries.append(Entry(score: detection.score, picture: index, verdicts: verdicts.map { $0[place] }))
            }
        }
        let order = entries.indices.sorted { (entries[$1].score, $0) < (entries[$0].score, $1) }
        self.entries = order.map { entries[$0] }
        self.positives = positives
    }
}

/// COCO's classes of size, in square pixels, both ends included.
public struct AreaRange: Hashable, Sendable {
    public let range: ClosedRange<Double>

    public static let all = AreaRange(range: 0...1e10)
    public static let small = AreaRange(range: 0...1024)
    public static let medium = AreaRange(range: 1024...9216)
    public static let large = AreaRange(range: 9216...1e10)
}

/// One picture, one class.
struct PictureMatching {
    let labels: [LabelledObject]
    let detections: [DetectedObject]
    /// Whether a label is neither hit nor miss; such labels come last.
    private let isIgnored: [Bool]
    /// A row a detection.
    private let similarities: [[Double]]
    private let isOutside: [Bool]

    var positives: Int { isIgnored.count { !$0 } }

    init(
        labels: [LabelledObject], detections: [DetectedObject], similarity: Similarity, areas: AreaRange, maximum: Int
    ) {
        let ignored = labels.map {
            $0.isCrowd || $0.isIgnored || !areas.range.contains($0.area) || !similarity.counts($0)
        }
        let order = labels.indices.filter { !ignored[$0] } + labels.indices.filter { ignored[$0] }
        self.labels = order.map { labels[$0] }
        isIgnored = order.map { ignored[$0] }
        let best = detections.indices.sorted { (detections[$1].score, $0) < (detections[$0].score, $1) }
        let kept = best.prefix(max(0, maximum)).map { detections[$0] }
        self.detections = kept
        similarities = kept.map { detection in order.map { similarity.value(detection, labels[$0]) } }
        isOutside = kept.map { !areas.range.contains(similarity.area($0)) }
    }

    func verdicts(at threshold: Double) -> [CategoryMatches.Verdict] {
        labelsMet(at: threshold).enumerated().map { detection, label in
            guard let label else { return isOutside[detection] ? .ignored : .miss }
            return isIgnored[label] ? .ignored : .hit
        }
    }

    /// What answers of at least `score` get wrong: labels that none of them meets, and those that meet no label.
    func mistakes(at threshold: Double, score: Double) -> (missed: [LabelledObject], wrong: [DetectedObject]) {
        let met = labelsMet(at: threshold)
        let judged = zip(detections, met).filter { $0.0.score >= score }
        let found = Set(judged.compactMap(\.1))
        let missed = labels.indices.filter { !isIgnored[$0] && !found.contains($0) }.map { labels[$0] }
        return (missed, judged.filter { $0.1 == nil }.map(\.0))
    }

    /// For every detection the index of the label that it meets.
    private func labelsMet(at threshold: Double) -> [Int?] {
        var isTaken = Array(repeating: false, count: labels.count)
        return detections.indices.map { detection in
            guard let label = match(detection, threshold: threshold, isTaken) else { return nil }
            isTaken[label] = true
            return label
        }
    }

    /// The most similar free label, one that counts before one that is ignored; the later of equals, as in COCO's code.
    private func match(_ detection: Int, threshold: Double, _ isTaken: [Bool]) -> Int? {
        var best = min(threshold, 1 - 1e-10)
        var found: Int?
        for label in labels.indices where !isTaken[label] || labels[label].isCrowd {
            if let found, !isIgnored[found], isIgnored[label] { break }
            guard similarities[detection][label] >= best else { continue }
            best = similarities[detection][label]
            found = label
        }
        return found
    }
}
