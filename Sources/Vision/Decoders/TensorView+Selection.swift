extension [TensorView] {
    /// The output called `name`, or without a name the only output.
    func selected(_ name: String?) throws(DecodeError) -> TensorView {
        if let name { try named(name) } else { try single() }
    }

    /// The only output of `count` values, for models whose exports agree in shapes but not in names.
    func ofCount(_ count: Int) throws(DecodeError) -> TensorView {
        let found = filter { $0.values.count == count }
        guard found.count == 1, let output = found.first else {
            throw DecodeError(
                "The model has \(found.count) outputs of \(count) values among \(map(\.name)), expected one.")
        }
        return output
    }
}

extension TensorView {
    /// `count` values that are all finite, whatever the shape's dimensions of 1.
    func finiteValues(count: Int) throws(DecodeError) -> UnsafePointer<Float> {
        guard shape.filter({ $0 != 1 }) == [count].filter({ $0 != 1 }) else {
            throw DecodeError("Output '\(name)' has the shape \(shape), expected \(count) values.")
        }
        let base = try wholeValues()
        try requireFinite()
        return base
    }

    func requireFinite() throws(DecodeError) {
        guard values.allSatisfy(\.isFinite) else {
            throw DecodeError("Output '\(name)' holds values that are not finite.")
        }
    }

    /// One row of `width` values for each picture of a batch: shape [batch, width] with any number of 1s behind.
    func rows(of width: Int) throws(DecodeError) -> [UnsafePointer<Float>] {
        guard let batch = shape.first, batch > 0, width > 0, shape.dropFirst().first == width,
            shape.dropFirst(2).allSatisfy({ $0 == 1 })
        else { throw DecodeError("Output '\(name)' has the shape \(shape), expected [batch, \(width)].") }
        let base = try wholeValues()
        return (0..<batch).map { base + $0 * width }
    }
}
