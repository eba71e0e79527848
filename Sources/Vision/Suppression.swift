extension [Detection] {
    /// Greedy non-maximum suppression within each class: the best detection stays, every other one of its class that
    /// overlaps it by more than `threshold` (intersection over union) goes, and so on.
    ///
    /// Ordered by score, then by position in the array. Detections whose score is not a number are left out.
    /// - Parameters:
    ///   - limit: at most so many are returned.
    ///   - candidates: only so many of the best are compared, so that a threshold of 0 on a crowded picture costs
    ///     `candidates`² comparisons at most, whatever the number of anchors.
    public func suppressed(iou threshold: Float, limit: Int = .max, candidates: Int = 1000) -> [Detection] {
        keptGreedily(limit: limit, candidates: candidates) { kept, other in
            kept.classIndex == other.classIndex && kept.box.intersectionOverUnion(other.box) > threshold
        }
    }

    /// Joins what several overlapping crops of one picture saw of the same objects: of detections that overlap by more
    /// than `threshold` (intersection over union), or of which one lies in the other by more than `containment` of the
    /// smaller area, the best stays. Classes do not matter; ordered as by ``suppressed(iou:limit:candidates:)``.
    ///
    /// All boxes must be in pixels of the same picture.
    public func merged(
        iou threshold: Float = 0.5, containment: Float = 0.8, limit: Int = .max, candidates: Int = 1000
    ) -> [Detection] {
        keptGreedily(limit: limit, candidates: candidates) { kept, other in
            kept.box.intersectionOverUnion(other.box) > threshold || kept.box.containment(other.box) > containment
        }
    }

    private func keptGreedily(
        limit: Int, candidates: Int, covers: (_ kept: Ranked, _ other: Ranked) -> Bool
    ) -> [Detection] {
        var kept: [Ranked] = []
        for candidate in ranked().prefix(Swift.max(0, candidates)) {
            guard kept.count < limit else { break }
            if !kept.contains(where: { covers($0, candidate) }) { kept.append(candidate) }
        }
        return kept.map { self[$0.index] }
    }

    private func ranked() -> [Ranked] {
        indices.compactMap { Ranked(self[$0], index: $0) }.sorted()
    }
}

/// What suppression compares, without the points, so that ranking copies plain values only.
private struct Ranked: Comparable {
    let box: Rectangle
    let score: Float
    let classIndex: Int
    let index: Int

    init?(_ detection: Detection, index: Int) {
        guard detection.score.isFinite else { return nil }
        box = detection.box
        score = detection.score
        classIndex = detection.classIndex
        self.index = index
    }

    static func < (one: Ranked, other: Ranked) -> Bool {
        one.score == other.score ? one.index < other.index : one.score > other.score
    }
}
