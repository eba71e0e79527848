import Glibc

/// YOLOX (github.com/Megvii-BaseDetection/YOLOX), exported without its own decoding: one output [1, N, 5 + classes], N
/// the cells of all strides. A row holds x, y (in cells from the cell), log width, log height (in cells), objectness
/// and the class probabilities, the last two already through the sigmoid; score = objectness × class.
public struct YOLOXDecoder: Hashable, Sendable {
    public let classCount: Int
    public let strides: [Int]

    public init(classCount: Int, strides: [Int] = [8, 16, 32]) {
        self.classCount = classCount
        self.strides = strides
    }

    /// The detections of at least `minimumScore`, before suppression, in pixels of the model's input.
    /// - Throws: ``DecodeError`` when the outputs are not of the shape above.
    public func detections(
        in outputs: [TensorView], inputWidth: Int, inputHeight: Int, minimumScore: Float
    ) throws(DecodeError) -> [Detection] {
        guard (1...65_536).contains(classCount) else {
            throw DecodeError("YOLOX with \(classCount) classes cannot be decoded.")
        }
        let grid = try AnchorGrid(strides: strides, inputWidth: inputWidth, inputHeight: inputHeight)
        let width = classCount + 5
        let values = try outputs.single().values(shaped: [1, grid.count, width])
        var detections: [Detection] = []
        for level in grid.levels {
            for index in 0..<level.count {
                let row = values + (level.first + index) * width
                let objectness = row[4]
                // Class probabilities are at most 1, so most cells need no look at their classes.
                guard objectness >= minimumScore, objectness >= 0, objectness < .infinity,
                    let best = (row + 5).best(of: classCount, step: 1, atLeast: 0),
                    objectness * best.score >= minimumScore,
                    let found = detection(row, level.cell(of: index), level.stride, objectness * best.score, best.index)
                else { continue }
                detections.append(found)
            }
        }
        return detections
    }

    private func detection(
        _ row: UnsafePointer<Float>, _ cell: (column: Float, row: Float), _ stride: Float, _ score: Float,
        _ classIndex: Int
    ) -> Detection? {
        Detection(
            centreX: (cell.column + row[0]) * stride, centreY: (cell.row + row[1]) * stride,
            width: expf(row[2]) * stride, height: expf(row[3]) * stride, score: score, classIndex: classIndex)
    }
}
