/// One object as a pipeline answered it, in pixels of the picture as displayed.
public struct DetectedObject: Hashable, Sendable, Codable {
    public struct Position: Hashable, Sendable, Codable {
        public var x: Double
        public var y: Double

        public init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }

    public var box: Box
    /// The confidence, 0–1.
    public var score: Double
    /// As labels name it, `person`.
    public var category: String
    /// 17 in COCO's order, or none.
    public var keypoints: [Position]
    /// The plate number read; `nil` when it was found and not read.
    public var text: String?
    /// `behavior`, `color`, `type`; a key that is absent was abstained from.
    public var attributes: [String: String]

    public init(
        box: Box, score: Double, category: String, keypoints: [Position] = [], text: String? = nil,
        attributes: [String: String] = [:]
    ) {
        self.box = box
        self.score = score
        self.category = category
        self.keypoints = keypoints
        self.text = text
        self.attributes = attributes
    }

    var isUsable: Bool {
        box.isUsable && score.isFinite && keypoints.allSatisfy { $0.x.isFinite && $0.y.isFinite }
    }
}
