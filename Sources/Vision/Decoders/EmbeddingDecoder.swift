/// Vectors to compare by their cosine: one output [batch, dimensions] with any number of 1s behind.
public struct EmbeddingDecoder: Hashable, Sendable {
    public let dimensions: Int
    /// Name of the output; `nil` takes the only one.
    public let output: String?

    public init(dimensions: Int, output: String? = nil) {
        self.dimensions = dimensions
        self.output = output
    }

    /// One vector of length 1 (L2) for each picture of the batch.
    /// - Throws: ``DecodeError`` when the output is not of the shape above, or a vector has no finite length above 0.
    public func embeddings(in outputs: [TensorView]) throws(DecodeError) -> [[Float]] {
        let output = try outputs.selected(output)
        var embeddings: [[Float]] = []
        for row in try output.rows(of: dimensions) {
            let values = UnsafeBufferPointer(start: row, count: dimensions)
            // Float overflows at vectors longer than 1.8e19, and squares of tiny values vanish; Double does not.
            let length = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            guard length.isFinite, length > 0 else {
                throw DecodeError("Output '\(output.name)' holds a vector without a direction (length \(length)).")
            }
            embeddings.append(values.map { Float(Double($0) / length) })
        }
        return embeddings
    }
}
