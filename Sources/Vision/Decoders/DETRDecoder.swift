/// Detectors of the DETR family with sigmoid scores (RT-DETR, D-FINE, DEIM), which find each object once and want no
/// suppression. Two forms of export are read, Q the queries:
///
/// - finished: `labels` [1, Q], `boxes` [1, Q, 4] as left, top, right, bottom and `scores` [1, Q]. The model scales the
///   boxes to its second input, which must be the width and height of its first: so they are pixels of the input.
/// - raw: `logits` [1, Q, classes] and `pred_boxes` [1, Q, 4] as centre x, centre y, width, height in 0–1 of the input.
///   As in RT-DETR's own postprocessing each class of a query counts by itself, and the Q best of all are taken.
public struct DETRDecoder: Hashable, Sendable {
    public let classCount: Int

    public init(classCount: Int) { self.classCount = classCount }

    /// The detections of at least `minimumScore` in pixels of the model's input.
    /// - Throws: ``DecodeError`` when the outputs are of neither form, or the label of a detection is no class.
    public func detections(
        in outputs: [TensorView], inputWidth: Int, inputHeight: Int, minimumScore: Float
    ) throws(DecodeError) -> [Detection] {
        let sides = 1...65_536
        guard sides.contains(classCount), sides.contains(inputWidth), sides.contains(inputHeight) else {
            throw DecodeError(
                "DETR with \(classCount) classes on an input of \(inputWidth)×\(inputHeight) cannot be decoded.")
        }
        if outputs.contains(where: { $0.name == "pred_boxes" }) {
            let size = Point(x: Float(inputWidth), y: Float(inputHeight))
            return try raw(outputs, size: size, minimumScore: minimumScore)
        }
        return try finished(outputs, minimumScore: minimumScore)
    }

    private func finished(_ outputs: [TensorView], minimumScore: Float) throws(DecodeError) -> [Detection] {
        let (labelOutput, boxOutput) = (try outputs.named("labels"), try outputs.named("boxes"))
        let scoreOutput = try outputs.named("scores")
        let queries = try queries(of: scoreOutput, dimensions: 2)
        let scores = try scoreOutput.values(shaped: [1, queries])
        let labels = try labelOutput.values(shaped: [1, queries])
        let boxes = try boxOutput.values(shaped: [1, queries, 4])
        var detections: [Detection] = []
        for query in 0..<queries where scores[query] >= minimumScore {
            let box = boxes + 4 * query
            guard labels[query].isFinite else { continue }
            let found = Detection(
                left: box[0], top: box[1], right: box[2], bottom: box[3], score: scores[query],
                classIndex: try classIndex(labels[query]))
            if let found { detections.append(found) }
        }
        return detections
    }

    /// - Throws: when the model numbers its classes otherwise than its labels say, which must not pass unseen.
    private func classIndex(_ label: Float) throws(DecodeError) -> Int {
        guard let index = Int(exactly: label), (0..<classCount).contains(index) else {
            throw DecodeError("Output 'labels' holds \(label), expected whole numbers below \(classCount).")
        }
        return index
    }

    private func raw(_ outputs: [TensorView], size: Point, minimumScore: Float) throws(DecodeError) -> [Detection] {
        let (logitOutput, boxOutput) = (try outputs.named("logits"), try outputs.named("pred_boxes"))
        let queries = try queries(of: boxOutput, dimensions: 3)
        let boxes = try boxOutput.values(shaped: [1, queries, 4])
        let logits = try logitOutput.values(shaped: [1, queries, classCount])
        var detections: [Detection] = []
        for query in 0..<queries {
            let box = boxes + 4 * query
            for classIndex in 0..<classCount {
                let logit = logits[query * classCount + classIndex]
                guard logit.isFinite, sigmoid(logit) >= minimumScore,
                    let found = Detection(
                        centreX: box[0] * size.x, centreY: box[1] * size.y, width: box[2] * size.x,
                        height: box[3] * size.y, score: sigmoid(logit), classIndex: classIndex)
                else { continue }
                detections.append(found)
            }
        }
        return detections.count > queries ? detections.bestFirst(limit: queries) : detections
    }

    /// The number of queries, which only the model itself tells.
    private func queries(of output: TensorView, dimensions: Int) throws(DecodeError) -> Int {
        guard output.shape.count == dimensions, (1...65_536).contains(output.shape[1]) else {
            throw DecodeError("Output '\(output.name)' has the shape \(output.shape), expected one row a query.")
        }
        return output.shape[1]
    }
}
