import Foundation

/// How alike a detection and a label are, 0–1.
public enum Similarity: Sendable {
    /// Intersection over union of the boxes.
    case boxes
    /// Object keypoint similarity with COCO's sigmas.
    case keypoints

    func value(_ detection: DetectedObject, _ label: LabelledObject) -> Double {
        switch self {
        case .boxes: detection.box.overlap(with: label.box, isCrowd: label.isCrowd)
        case .keypoints: Self.keypointSimilarity(detection.keypoints, label)
        }
    }

    /// Whether a label can be met at all: one without a labelled keypoint has nothing to compare.
    func counts(_ label: LabelledObject) -> Bool {
        switch self {
        case .boxes: true
        case .keypoints: label.keypoints.contains { $0.visibility != .absent }
        }
    }

    func isUsable(_ detection: DetectedObject) -> Bool {
        switch self {
        case .boxes: true
        case .keypoints: detection.keypoints.count == COCOClasses.keypoints.count
        }
    }

    /// The size by which a detection is sorted into an area range: of its box, or of the box around its keypoints.
    func area(_ detection: DetectedObject) -> Double {
        guard case .keypoints = self else { return detection.box.area }
        let across = detection.keypoints.map(\.x)
        let down = detection.keypoints.map(\.y)
        guard let left = across.min(), let right = across.max(), let top = down.min(), let bottom = down.max() else {
            return 0
        }
        return (right - left) * (bottom - top)
    }

    /// Object keypoint similarity (COCO): the mean over labelled points of exp(−d² ÷ (2 · area · (2σ)²)). A label
    /// without points is met by whatever lies within twice its box, which only matters where it is ignored.
    /// 0 unless there are 17 points on both sides.
    public static func keypointSimilarity(
        _ points: [DetectedObject.Position], _ label: LabelledObject
    ) -> Double {
        let sigmas = COCOClasses.keypointSigmas
        guard points.count == sigmas.count, label.keypoints.count == sigmas.count else { return 0 }
        let hasPoints = label.keypoints.contains { $0.visibility != .absent }
        let box = label.box
        var sum = 0.0
        var count = 0.0
        for (index, point) in points.enumerated() {
            let truth = label.keypoints[index]
            if hasPoints, truth.visibility == .absent { continue }
            let across: Double
            let down: Double
            if hasPoints {
                across = point.x - truth.x
                down = point.y - truth.y
            } else {
                across = max(0, box.x - box.width - point.x) + max(0, point.x - (box.x + 2 * box.width))
                down = max(0, box.y - box.height - point.y) + max(0, point.y - (box.y + 2 * box.height))
            }
            let variance = (2 * sigmas[index]) * (2 * sigmas[index])
            sum += exp(-(across * across + down * down) / variance / (label.area + .ulpOfOne) / 2)
            count += 1
        }
        return sum / count
    }
}

/// Every labelled person's similarity to the pose that was found for them, 0 when none was.
public enum MeanKeypointSimilarity {
    /// Pairs are made one to one, the most similar first. Crowds, ignored labels and labels without points are left out.
    public static func values(labels: [LabelledObject], detections: [DetectedObject]) -> [Double] {
        let people = labels.filter { !$0.isCrowd && !$0.isIgnored && Similarity.keypoints.counts($0) }
        let poses = detections.filter { $0.isUsable && Similarity.keypoints.isUsable($0) }
        var candidates: [(value: Double, person: Int, pose: Int)] = []
        for (person, label) in people.enumerated() {
            for (pose, detection) in poses.enumerated() {
                candidates.append((Similarity.keypointSimilarity(detection.keypoints, label), person, pose))
            }
        }
        candidates.sort { ($1.value, $0.person, $0.pose) < ($0.value, $1.person, $1.pose) }
        var values = Array(repeating: 0.0, count: people.count)
        var takenPeople: Set<Int> = []
        var takenPoses: Set<Int> = []
        for candidate in candidates
        where !takenPeople.contains(candidate.person) && !takenPoses.contains(candidate.pose) {
            takenPeople.insert(candidate.person)
            takenPoses.insert(candidate.pose)
            values[candidate.person] = candidate.value
        }
        return values
    }
}
