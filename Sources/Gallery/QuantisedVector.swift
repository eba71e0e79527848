/// A unit vector and its int8 form: `vector ≈ scale * codes`.
struct QuantisedVector {
    /// Length 1 within 1e-6.
    let vector: [Float]
    /// Padded with zeros; each in -127 ... 127.
    let codes: [Int8]
    let scale: Float
    /// Not less than the Euclidean length of `vector - scale * codes`.
    let error: Float

    /// How far the length of a unit vector may be from 1, with room for the rounding of its elements.
    static let unitTolerance = 2e-6

    /// Brings a vector to length 1 and quantises it. Throws `wrongDimension` and `invalidVector`.
    init(_ elements: [Float], dimensions: Int, stride: Int) throws(GalleryError) {
        vector = try Self.unit(elements, dimensions: dimensions)
        let plane = Self.quantise(vector.map(Double.init), stride: stride)
        (codes, scale, error) = (plane.codes, plane.scale, plane.error)
    }

    /// The vector with length 1. One whose length is within 1e-6 of 1 stays as it is, so that a template from another
    /// system keeps its bits.
    private static func unit(_ elements: [Float], dimensions: Int) throws(GalleryError) -> [Float] {
        guard elements.count == dimensions else {
            throw GalleryError(.wrongDimension, "a vector has \(elements.count) elements instead of \(dimensions)")
        }
        // The sum of squares of finite floats is finite in double precision.
        let length = elements.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard length.isFinite else { throw GalleryError(.invalidVector, "a vector has an element that is not finite") }
        guard length > 1e-12 else { throw GalleryError(.invalidVector, "a vector has no length") }
        if abs(length - 1) <= 1e-6 { return elements }
        return elements.map { Float(Double($0) / length) }
    }

    /// The nearest multiples of a 127th of the largest element, and the length of what remains.
    static func quantise(
        _ elements: [Double], stride: Int
    ) -> (codes: [Int8], scale: Float, error: Float, rest: [Double]) {
        var codes = [Int8](repeating: 0, count: stride)
        var rest = elements
        let scale = Float(elements.reduce(0) { max($0, abs($1)) } / 127)
        guard scale > 0 else { return (codes, 0, upper(length(rest)), rest) }
        let step = Double(scale)
        let inverse = 1 / step
        for index in elements.indices {
            // Adding and taking away 1.5 * 2^52 rounds to the nearest integer without a call.
            let code = max(-127, min(127, elements[index] * inverse + 0x1.8p52 - 0x1.8p52))
            codes[index] = Int8(code)
            rest[index] = elements[index] - code * step
        }
        return (codes, scale, upper(length(rest)), rest)
    }

    private static func length(_ elements: [Double]) -> Double {
        elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    /// A float that is not less than the value in spite of the rounding of its computation.
    private static func upper(_ value: Double) -> Float { Float(value * (1 + 1e-9)).nextUp }
}

/// How the int8 score of a template bounds its cosine from above.
///
/// With x the template, x' its int8 form, p the probe, p' its int8 form: p·x - p'·x' = p·(x - x') + (p - p')·x', which
/// by Cauchy-Schwarz is at most |p| |x - x'| + |p - p'| |x'|, and |x'| <= |x| + |x - x'|. So
/// cosine <= score * scale(x) * `scale` + |x - x'| * `factor` + `constant`.
struct ScoreBound {
    let scale: Float
    let factor: Float
    let constant: Float

    /// - Parameter error: at least the length of p - p'.
    init(scale: Float, error: Float) {
        let length = 1 + Float(QuantisedVector.unitTolerance)
        self.scale = scale
        factor = length + error
        // Three roundings of a score of at most about 1, and the sum's, are below 1e-6.
        constant = error * length + 2e-6
    }
}
