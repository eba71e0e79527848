/// What a search compares with every template: the unit vector and two int8 planes, the second for what the first
/// leaves over.
struct Probe {
    let vector: [Float]
    let coarse: ScoreBound
    let fine: ScoreBound
    private let coarseCodes: [Int8]
    private let fineCodes: [Int8]
    private let fineScale: Float

    init(_ elements: [Float], dimensions: Int, stride: Int) throws(GalleryError) {
        let quantised = try QuantisedVector(elements, dimensions: dimensions, stride: stride)
        let first = QuantisedVector.quantise(quantised.vector.map(Double.init), stride: stride)
        let second = QuantisedVector.quantise(first.rest, stride: stride)
        vector = quantised.vector
        (coarseCodes, fineCodes, fineScale) = (first.codes, second.codes, second.scale)
        coarse = ScoreBound(scale: first.scale, error: first.error)
        fine = ScoreBound(scale: first.scale, error: second.error)
    }

    /// The coarse planes of several probes, one after another.
    static func coarsePlanes(_ probes: ArraySlice<Probe>) -> [Int8] { probes.flatMap(\.coarseCodes) }

    /// A closer upper bound of a template's cosine, from both planes.
    func upperBound(
        score: Int32, row: UnsafePointer<Int8>, scale: Float, error: Float, kernel: VectorKernel
    ) -> Float {
        var rest: Int32 = 0
        fineCodes.withUnsafeBufferPointer { codes in
            guard let base = codes.baseAddress else { return }
            kernel.scores(rows: row, rowCount: 1, probes: base, probeCount: 1, stride: codes.count, into: &rest)
        }
        let product = Double(score) * Double(fine.scale) + Double(rest) * Double(fineScale)
        return Float(product * Double(scale)) + (error * fine.factor + fine.constant)
    }

    /// The cosine with a unit vector.
    func cosine(_ template: UnsafePointer<Float>) -> Float {
        vector.withUnsafeBufferPointer { own in
            own.baseAddress.map { Float(VectorKernel.dot($0, template, count: own.count)) } ?? 0
        }
    }
}
