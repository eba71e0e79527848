/// The YOLOv5 head (github.com/ultralytics/yolov5) as it exports itself, decoded: one output [1, N, 5 + classes], N the
/// cells of all strides times `anchorsPerCell`. A row holds centre x, centre y, width, height in pixels of the input,
/// objectness and the class probabilities, the last two through the sigmoid; score = objectness × class.
public struct YOLOv5Decoder: Hashable, Sendable {
    public let classCount: Int
    public let strides: [Int]
    public let anchorsPerCell: [Int]

    public init(classCount: Int, strides: [Int] = [8, 16, 32], anchorsPerCell: [Int]? = nil) {
        self.classCount = classCount
        self.strides = strides
        self.anchorsPerCell = anchorsPerCell ?? Array(repeating: 3, count: strides.count)
    }

    /// The detections of at least `minimumScore`, before suppression, in pixels of the model's input.
    /// - Throws: ``DecodeError`` when the outputs are not of the shape above.
    public func detections(
        in outputs: [TensorView], inputWidth: Int, inputHeight: Int, minimumScore: Float
    ) throws(DecodeError) -> [Detection] {
        guard (1...65_536).contains(classCount) else {
            throw DecodeError("YOLOv5 with \(classCount) classes cannot be decoded.")
        }
        let grid = try AnchorGrid(
            strides: strides, anchorsPerCell: anchorsPerCell, inputWidth: inputWidth, inputHeight: inputHeight)
        let width = classCount + 5
        let values = try outputs.single().values(shaped: [1, grid.count, width])
        return (0..<grid.count).compactMap { index in
            let row = values + index * width
            let objectness = row[4]
            // Class probabilities are at most 1, so most anchors need no look at their classes.
            guard objectness >= minimumScore, objectness >= 0, objectness < .infinity,
                let best = (row + 5).best(of: classCount, step: 1, atLeast: 0),
                objectness * best.score >= minimumScore
            else { return nil }
            return Detection(
                centreX: row[0], centreY: row[1], width: row[2], height: row[3], score: objectness * best.score,
                classIndex: best.index)
        }
    }
}
