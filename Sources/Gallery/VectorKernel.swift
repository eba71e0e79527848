import CVectorMath

/// The inner loops of a search in the instruction set of this processor.
struct VectorKernel: Sendable {
    let name: String
    /// The C table; it never changes.
    private nonisolated(unsafe) let functions: AIBoxVectorKernel  // safe: functions without state, a constant name

    /// Every kernel that this processor runs, the fastest first and plain C last.
    static let available: [VectorKernel] = {
        var kernels: [VectorKernel] = []
        while let next = aibox_vector_kernel(kernels.count) {
            kernels.append(VectorKernel(name: String(cString: next.pointee.name), functions: next.pointee))
        }
        return kernels
    }()

    /// int8 vectors are padded with zeros to a multiple of this many bytes.
    static let alignment = Int(AIBOX_VECTOR_STRIDE)

    /// `out[p * rowCount + r]` = row r · probe p, exactly.
    func scores(
        rows: UnsafePointer<Int8>, rowCount: Int, probes: UnsafePointer<Int8>, probeCount: Int, stride: Int,
        into out: UnsafeMutablePointer<Int32>
    ) {
        functions.scores(rows, rowCount, probes, probeCount, stride, out)
    }

    /// The rows whose upper bound `score * scale * bound.scale + (error * bound.factor + bound.constant)` reaches
    /// `threshold`, ascending in `out`, which has room for all; returns how many.
    func candidates(
        scores: UnsafePointer<Int32>, scales: UnsafePointer<Float>, errors: UnsafePointer<Float>, count: Int,
        bound: ScoreBound, threshold: Float, into out: UnsafeMutablePointer<UInt32>
    ) -> Int {
        functions.candidates(
            scores, scales, errors, count, bound.scale, bound.factor, bound.constant, threshold, out)
    }

    /// The inner product in double precision, with the same bits on every processor.
    static func dot(_ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, count: Int) -> Double {
        aibox_vector_dot(left, right, count)
    }
}
