extension TensorView {
    /// The values, once the shape is exactly `expected` and all its values are there.
    func values(shaped expected: [Int]) throws(DecodeError) -> UnsafePointer<Float> {
        guard shape == expected else {
            throw DecodeError("Output '\(name)' has the shape \(shape), expected \(expected).")
        }
        return try wholeValues()
    }

    /// As the other, but a leading batch of 1 may stand before `expected`.
    func values(shapedPerhapsInBatch expected: [Int]) throws(DecodeError) -> UnsafePointer<Float> {
        try values(shaped: shape == [1] + expected ? shape : expected)
    }

    /// The values, once as many are there as the shape says.
    func wholeValues() throws(DecodeError) -> UnsafePointer<Float> {
        let (count, overflow) = shape.reduce((1, false)) { partial, side in
            let (product, overflow) = partial.0.multipliedReportingOverflow(by: side)
            return (product, overflow || partial.1)
        }
        guard !overflow, count == values.count, let base = values.baseAddress else {
            throw DecodeError("Output '\(name)' carries \(values.count) values for the shape \(shape).")
        }
        return base
    }
}

extension [TensorView] {
    /// The only output of a model with one.
    func single() throws(DecodeError) -> TensorView {
        guard count == 1, let output = first else {
            throw DecodeError("The model has \(count) outputs \(map(\.name)), expected one.")
        }
        return output
    }

    func named(_ name: String) throws(DecodeError) -> TensorView {
        guard let output = first(where: { $0.name == name }) else {
            throw DecodeError("The model has no output '\(name)', only \(map(\.name)).")
        }
        return output
    }

    /// The values of the only output with this shape, before which a batch of 1 may stand: for heads whose outputs bear
    /// arbitrary names.
    func values(ofOneShaped expected: [Int]) throws(DecodeError) -> UnsafePointer<Float> {
        let matches = filter { $0.shape == expected || $0.shape == [1] + expected }
        guard matches.count == 1, let match = matches.first else {
            throw DecodeError(
                "\(matches.count) outputs have the shape \(expected), expected one; there are "
                    + "\(map { "'\($0.name)' \($0.shape)" }.joined(separator: ", ")).")
        }
        return try match.wholeValues()
    }
}
