/// The YOLOv8 detection head as Ultralytics exports it: one output [1, 4 + classes, N], N the cells of all strides.
/// The rows are centre x, centre y, width, height in pixels of the input, then a probability for each class.
/// The transposed layout [1, N, 4 + classes] is read too, when N and 4 + classes differ and so tell the two apart.
public struct YOLOv8Decoder: Hashable, Sendable {
    public let classCount: Int
    public let strides: [Int]

    public init(classCount: Int, strides: [Int] = [8, 16, 32]) {
        self.classCount = classCount
        self.strides = strides
    }

    /// The detections of at least `minimumScore`, before suppression, in pixels of the model's input.
    /// - Throws: ``DecodeError`` when the outputs are not of one of the shapes above.
    public func detections(
        in outputs: [TensorView], inputWidth: Int, inputHeight: Int, minimumScore: Float
    ) throws(DecodeError) -> [Detection] {
        guard (1...65_536).contains(classCount) else {
            throw DecodeError("YOLOv8 with \(classCount) classes cannot be decoded.")
        }
        let anchors = try AnchorGrid(strides: strides, inputWidth: inputWidth, inputHeight: inputHeight).count
        let width = classCount + 4
        let output = try outputs.single()
        if output.shape == [1, anchors, width], anchors != width {
            return rows(try output.wholeValues(), anchors: anchors, minimumScore: minimumScore)
        }
        return columns(try output.values(shaped: [1, width, anchors]), anchors: anchors, minimumScore: minimumScore)
    }

    private func rows(_ values: UnsafePointer<Float>, anchors: Int, minimumScore: Float) -> [Detection] {
        (0..<anchors).compactMap { anchor in
            let row = values + anchor * (classCount + 4)
            return (row + 4).best(of: classCount, atLeast: minimumScore).flatMap { best in
                detection(row, step: 1, score: best.score, classIndex: best.index)
            }
        }
    }

    /// Walks the memory in its order, a class after the other, keeping each anchor's best; only anchors that reach the
    /// minimum are then read across the classes.
    private func columns(_ values: UnsafePointer<Float>, anchors: Int, minimumScore: Float) -> [Detection] {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: anchors) { best in
            best.initialize(repeating: -.infinity)
            for row in 4..<(4 + classCount) {
                raise(best, to: UnsafeBufferPointer(start: values + row * anchors, count: anchors))
            }
            return best.indices.compactMap { anchor in
                guard best[anchor] >= minimumScore else { return nil }
                let column = values + anchor
                return (column + 4 * anchors).best(of: classCount, step: anchors, atLeast: minimumScore)
                    .flatMap { detection(column, step: anchors, score: $0.score, classIndex: $0.index) }
            }
        }
    }

    private func raise(_ best: UnsafeMutableBufferPointer<Float>, to scores: UnsafeBufferPointer<Float>) {
        for index in 0..<scores.count {
            let (old, new) = (best[index], scores[index])
            best[index] = new > old ? new : old
        }
    }

    private func detection(
        _ first: UnsafePointer<Float>, step: Int, score: Float, classIndex: Int
    ) -> Detection? {
        Detection(
            centreX: first[0], centreY: first[step], width: first[2 * step], height: first[3 * step], score: score,
            classIndex: classIndex)
    }
}
