import Glibc

/// YuNet (github.com/ShiqiYu/libfacedetection.train): for each stride s the outputs `cls_s` and `obj_s` [1, n, 1],
/// `bbox_s` [1, n, 4] and `kps_s` [1, n, 10], n the cells of the stride. Score = √(cls × obj), both held to 0–1; box and
/// landmarks are in cells from the cell, width and height as logarithms.
///
/// The landmarks are: image-left eye, image-right eye, nose, image-left and image-right corner of the mouth.
public struct YuNetDecoder: Hashable, Sendable {
    public let strides: [Int]

    public init(strides: [Int] = [8, 16, 32]) { self.strides = strides }

    /// The faces of at least `minimumScore` with their five points, before suppression, in pixels of the model's input.
    /// - Throws: ``DecodeError`` when the outputs are not named and shaped as above.
    public func detections(
        in outputs: [TensorView], inputWidth: Int, inputHeight: Int, minimumScore: Float
    ) throws(DecodeError) -> [Detection] {
        let grid = try AnchorGrid(strides: strides, inputWidth: inputWidth, inputHeight: inputHeight)
        var faces: [Detection] = []
        for (level, stride) in zip(grid.levels, strides) {
            let head = try Head(outputs, stride: stride, count: level.count)
            for index in 0..<level.count {
                guard let score = head.score(at: index), score >= minimumScore,
                    let face = head.face(at: index, cell: level.cell(of: index), stride: level.stride, score: score)
                else { continue }
                faces.append(face)
            }
        }
        return faces
    }

    /// The four outputs of one stride.
    private struct Head {
        let classScores: UnsafePointer<Float>
        let objectness: UnsafePointer<Float>
        let boxes: UnsafePointer<Float>
        let points: UnsafePointer<Float>

        init(_ outputs: [TensorView], stride: Int, count: Int) throws(DecodeError) {
            classScores = try outputs.named("cls_\(stride)").values(shaped: [1, count, 1])
            objectness = try outputs.named("obj_\(stride)").values(shaped: [1, count, 1])
            boxes = try outputs.named("bbox_\(stride)").values(shaped: [1, count, 4])
            points = try outputs.named("kps_\(stride)").values(shaped: [1, count, 10])
        }

        func score(at index: Int) -> Float? {
            let (one, other) = (classScores[index], objectness[index])
            guard one.isFinite, other.isFinite else { return nil }
            return (min(max(one, 0), 1) * min(max(other, 0), 1)).squareRoot()
        }

        func face(at index: Int, cell: (column: Float, row: Float), stride: Float, score: Float) -> Detection? {
            let box = boxes + 4 * index
            let points = points + 10 * index
            return Detection(
                centreX: (cell.column + box[0]) * stride, centreY: (cell.row + box[1]) * stride,
                width: expf(box[2]) * stride, height: expf(box[3]) * stride, score: score, classIndex: 0,
                points: (0..<5).map { point in
                    Point(
                        x: (cell.column + points[2 * point]) * stride,
                        y: (cell.row + points[2 * point + 1]) * stride)
                })
        }
    }
}
