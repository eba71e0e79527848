/// Landmarks by plain regression: one output [1, 2 × points] with any number of 1s behind, x and y of each point in 0–1
/// of the input.
public struct LandmarkDecoder: Hashable, Sendable {
    public let pointCount: Int
    /// Name of the output; `nil` takes the only one.
    public let output: String?

    public init(pointCount: Int, output: String? = nil) {
        self.pointCount = pointCount
        self.output = output
    }

    /// The points in pixels of the model's input, which may lie outside it.
    /// - Throws: ``DecodeError`` when the output is not of the shape above or holds values that are not finite.
    public func points(in outputs: [TensorView], inputWidth: Int, inputHeight: Int) throws(DecodeError) -> [Point] {
        guard (1...4096).contains(pointCount) else { throw DecodeError("\(pointCount) landmarks cannot be decoded.") }
        let values = try outputs.selected(output).finiteValues(count: 2 * pointCount)
        return (0..<pointCount).map {
            Point(x: values[2 * $0] * Float(inputWidth), y: values[2 * $0 + 1] * Float(inputHeight))
        }
    }
}
