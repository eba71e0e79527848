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

    /// Weighted non-maximum suppression, as MediaPipe has it (calculators/util/non_max_suppression_calculator.cc,
    /// WEIGHTED): the best detection and every other one of its class that overlaps it by more than `threshold`
    /// (intersection over union) become one, with the score of the best, box and points the mean of theirs weighted by
    /// score; then the best of the rest, and so on. What overlaps a mean but not the best behind it stays.
    ///
    /// Ordered and bounded as ``suppressed(iou:limit:candidates:)``. Points are averaged among the detections that have
    /// as many as the best; `pointScores` stay those of the best.
    public func blended(iou threshold: Float, limit: Int = .max, candidates: Int = 1000) -> [Detection] {
        var rest = ranked().prefix(Swift.max(0, candidates))
        var blended: [Detection] = []
        while blended.count < limit, let best = rest.popFirst() {
            var alike = [self[best.index]]
            rest.removeAll { other in
                let joins =
                    best.classIndex == other.classIndex && best.box.intersectionOverUnion(other.box) > threshold
                if joins { alike.append(self[other.index]) }
                return joins
            }
            blended.append(alike.weightedMean(self[best.index]))
        }
        return blended
    }

    /// At most `limit` detections, ordered by score, then by position in the array. Detections whose score is not a
    /// number are left out.
    public func bestFirst(limit: Int = .max) -> [Detection] {
        ranked().prefix(Swift.max(0, limit)).map { self[$0.index] }
    }

    /// `best` with its box and points replaced by the mean of these detections, of which it is one.
    private func weightedMean(_ best: Detection) -> Detection {
        guard count > 1 else { return best }
        var mean = best
        mean.box = Rectangle(
            left: weighted { $0.box.x }, top: weighted { $0.box.y }, right: weighted { $0.box.right },
            bottom: weighted { $0.box.bottom })
        let alike = filter { $0.points.count == best.points.count }
        mean.points = best.points.indices.map { index in
            Point(x: alike.weighted { $0.points[index].x }, y: alike.weighted { $0.points[index].y })
        }
        return mean.box.x.isFinite ? mean : best
    }

    private func weighted(_ value: (Detection) -> Float) -> Float {
        reduce(0) { $0 + value($1) * $1.score } / reduce(0) { $0 + $1.score }
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
