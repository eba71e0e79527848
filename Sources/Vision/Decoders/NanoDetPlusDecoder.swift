/// NanoDet-Plus (github.com/RangiLyu/nanodet): one output [1, N, classes + 4·bins], N the cells of all strides, rounded
/// up. A row holds the class scores (already through the sigmoid) and for left, top, right and bottom a distribution
/// over `bins` distances; softmax and expectation times the stride give the distance from the cell's top left.
public struct NanoDetPlusDecoder: Hashable, Sendable {
    public let classCount: Int
    public let strides: [Int]
    public let bins: Int

    public init(classCount: Int, strides: [Int] = [8, 16, 32, 64], bins: Int = 8) {
        self.classCount = classCount
        self.strides = strides
        self.bins = bins
    }

    /// The detections of at least `minimumScore`, before suppression, in pixels of the model's input.
    /// - Throws: ``DecodeError`` when the outputs are not of the shape above.
    public func detections(
        in outputs: [TensorView], inputWidth: Int, inputHeight: Int, minimumScore: Float
    ) throws(DecodeError) -> [Detection] {
        guard (1...65_536).contains(classCount), (1...256).contains(bins) else {
            throw DecodeError("NanoDet-Plus with \(classCount) classes and \(bins) bins cannot be decoded.")
        }
        let grid = try AnchorGrid(strides: strides, inputWidth: inputWidth, inputHeight: inputHeight)
        let width = classCount + 4 * bins
        let values = try outputs.single().values(shaped: [1, grid.count, width])
        var detections: [Detection] = []
        for level in grid.levels {
            for index in 0..<level.count {
                let row = values + (level.first + index) * width
                guard let best = row.best(of: classCount, atLeast: minimumScore) else { continue }
                let found = detection(row + classCount, level: level, index: index, score: best.score, best.index)
                if let found { detections.append(found) }
            }
        }
        return detections
    }

    private func detection(
        _ sides: UnsafePointer<Float>, level: AnchorGrid.Level, index: Int, score: Float, _ classIndex: Int
    ) -> Detection? {
        let cell = level.cell(of: index)
        let (x, y) = (cell.column * level.stride, cell.row * level.stride)
        return Detection(
            left: x - sides.expectedBin(of: bins, step: 1) * level.stride,
            top: y - (sides + bins).expectedBin(of: bins, step: 1) * level.stride,
            right: x + (sides + 2 * bins).expectedBin(of: bins, step: 1) * level.stride,
            bottom: y + (sides + 3 * bins).expectedBin(of: bins, step: 1) * level.stride, score: score,
            classIndex: classIndex)
    }
}
