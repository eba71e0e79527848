/// The cells over which a detection head answers: one level a stride in the order given, the cells of a level row by
/// row, `anchorsPerCell` consecutive anchors in each.
struct AnchorGrid {
    struct Level {
        let stride: Float
        let columns: Int
        let anchorsPerCell: Int
        /// Index of the level's first anchor among those of all levels.
        let first: Int
        /// Number of the level's anchors.
        let count: Int

        /// The column and row of the level's anchor `index`, counted from the level's first.
        func cell(of index: Int) -> (column: Float, row: Float) {
            let cell = index / anchorsPerCell
            return (Float(cell % columns), Float(cell / columns))
        }
    }

    enum Rounding {
        /// Padded convolutions: a started cell counts.
        case up
        /// Pooling without padding: only whole cells count.
        case down
    }

    let levels: [Level]
    /// Number of anchors of all levels.
    let count: Int

    /// - Throws: ``DecodeError`` when the sizes or strides cannot be a model's.
    init(
        strides: [Int], anchorsPerCell: [Int]? = nil, inputWidth: Int, inputHeight: Int, rounding: Rounding = .up
    ) throws(DecodeError) {
        let perCell = anchorsPerCell ?? Array(repeating: 1, count: strides.count)
        let sides = 1...65_536
        guard !strides.isEmpty, strides.allSatisfy(sides.contains), perCell.count == strides.count,
            perCell.allSatisfy((1...64).contains), sides.contains(inputWidth), sides.contains(inputHeight)
        else {
            throw DecodeError(
                "No grid of strides \(strides) with \(perCell) anchors a cell fits an input of "
                    + "\(inputWidth)×\(inputHeight).")
        }
        var levels: [Level] = []
        var first = 0
        for (stride, anchors) in zip(strides, perCell) {
            let margin = rounding == .up ? stride - 1 : 0
            let columns = (inputWidth + margin) / stride
            let count = columns * ((inputHeight + margin) / stride) * anchors
            levels.append(
                Level(stride: Float(stride), columns: columns, anchorsPerCell: anchors, first: first, count: count))
            first += count
        }
        self.levels = levels
        count = first
    }
}
