import Vision

/// How plates were found and read. Texts are compared in normal form (`PlateText`): A–Z and 0–9 only.
public struct PlateAccuracy: Hashable, Sendable, Codable {
    /// One labelled plate and what became of it.
    public struct Reading: Hashable, Sendable, Codable {
        public let truth: String
        public let isFound: Bool
        /// Empty when nothing was read.
        public let text: String

        public var isExact: Bool { text == truth }
        public var isExactFolded: Bool { PlateText.folded(text) == PlateText.folded(truth) }
        public var edits: Int { editDistance(text, truth) }
    }

    public private(set) var readings: [Reading] = []
    /// Plates that were answered where none is labelled.
    public private(set) var spurious = 0

    public init() {}

    /// Adds one picture: plates are found by a box with an IoU of `overlap` or more, each once, best score first.
    public mutating func add(labels: [LabelledObject], detections: [DetectedObject], overlap: Double = 0.5) {
        let found = BoxPairing(labels: labels, detections: detections, overlap: overlap)
        for (label, detection) in zip(labels, found.detectionOfLabel) where !label.isIgnored {
            readings.append(
                Reading(
                    truth: PlateText.normalized(label.text ?? ""), isFound: detection != nil,
                    text: PlateText.normalized(detection?.text ?? "")))
        }
        spurious += found.unmatched
    }

    /// Read in full, of all labelled plates.
    public var exact: Rate { Rate(readings.count(where: \.isExact), of: readings.count) }
    /// The same with O as 0 and I as 1.
    public var exactFolded: Rate { Rate(readings.count(where: \.isExactFolded), of: readings.count) }
    public var detectionRecall: Rate { Rate(readings.count(where: \.isFound), of: readings.count) }
    /// Read in full, of the plates that were found.
    public var readingRate: Rate {
        let found = readings.filter(\.isFound)
        return Rate(found.count(where: \.isExact), of: found.count)
    }
    public var readingRateFolded: Rate {
        let found = readings.filter(\.isFound)
        return Rate(found.count(where: \.isExactFolded), of: found.count)
    }
    /// Answered plates that are labelled ones.
    public var detectionPrecision: Rate {
        let found = readings.count(where: \.isFound)
        return Rate(found, of: found + spurious)
    }

    /// Edits over the length of the labels, of the plates that were found; `nil` when none was.
    public var characterErrorRate: Double? { Self.errorRate(readings.filter(\.isFound)) }
    /// The same over all plates; one that was not found has all its characters wrong.
    public var characterErrorRateOfAll: Double? { Self.errorRate(readings) }

    private static func errorRate(_ readings: [Reading]) -> Double? {
        let length = readings.reduce(0) { $0 + $1.truth.count }
        return length > 0 ? Double(readings.reduce(0) { $0 + $1.edits }) / Double(length) : nil
    }
}

/// Insertions, deletions and substitutions that turn one text into the other (Levenshtein 1966).
public func editDistance(_ one: String, _ other: String) -> Int {
    let (left, right) = (Array(one), Array(other))
    var row = Array(0...right.count)
    for (above, character) in left.enumerated() {
        var diagonal = row[0]
        row[0] = above + 1
        for (column, target) in right.enumerated() {
            let replaced = diagonal + (character == target ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(replaced, min(diagonal, row[column]) + 1)
        }
    }
    return row[right.count]
}

/// Labels and detections of a picture as pairs, one to one, best score first; the class is not looked at.
public struct BoxPairing: Sendable {
    /// In the order of the labels.
    public let detectionOfLabel: [DetectedObject?]
    /// Detections without a label. Those on an ignored label are not among them.
    public let unmatched: Int

    public init(labels: [LabelledObject], detections: [DetectedObject], overlap: Double = 0.5) {
        var found: [DetectedObject?] = Array(repeating: nil, count: labels.count)
        var unmatched = 0
        let usable = detections.filter(\.isUsable)
        let order = usable.indices.sorted { (usable[$1].score, $0) < (usable[$0].score, $1) }
        for detection in order.map({ usable[$0] }) {
            let free = labels.indices.filter { found[$0] == nil }
            let overlaps = free.map { (label: $0, value: detection.box.overlap(with: labels[$0].box)) }
            if let best = overlaps.max(by: { $0.value < $1.value }), best.value >= overlap {
                found[best.label] = detection
            } else {
                unmatched += 1
            }
        }
        detectionOfLabel = found
        self.unmatched = unmatched
    }
}
