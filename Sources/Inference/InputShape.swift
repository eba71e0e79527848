extension TensorDescription {
    /// The largest input that a request allocates: 1 GiB, far above any picture tensor and far below what makes the
    /// size arithmetic or the machine fail.
    static let maximumByteCount = 1 << 30

    /// The bytes of a tensor of `shape`, when this input takes that shape.
    func byteCount(of shape: [Int]) throws(InferenceError) -> Int {
        guard accepts(shape) else {
            throw InferenceError(
                .invalidInput, "Input '\(name)' takes the shape \(Self.text(self.shape)), not \(Self.text(shape)).")
        }
        var bytes = elementType.byteCount
        for dimension in shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
            guard !overflow, product <= Self.maximumByteCount else {
                throw InferenceError(
                    .invalidInput,
                    "Input '\(name)' of shape \(Self.text(shape)) would be larger than "
                        + "\(Self.maximumByteCount >> 20) MiB.")
            }
            bytes = product
        }
        return bytes
    }

    private func accepts(_ given: [Int]) -> Bool {
        given.count == shape.count && zip(given, shape).allSatisfy { $0 > 0 && ($1 == nil || $0 == $1) }
    }

    private static func text(_ shape: [Int?]) -> String {
        "[" + shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", ") + "]"
    }
}
