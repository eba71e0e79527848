import Testing

@testable import Gallery

struct VectorKernelTests {
    @Test func `every kernel of this processor gives the bits of the plain one`() throws {
        let plain = try #require(VectorKernel.available.last)
        #expect(plain.name == "plain")
        var random = SeededGenerator(6)
        for stride in [64, 128, 192, 512, 1024] {
            // Extreme values at the start, where sums are largest.
            let rows = codes(count: 23, stride: stride, &random)
            let probes = codes(count: 70, stride: stride, &random)
            for rowCount in [0, 1, 3, 4, 5, 8, 23] {
                for probeCount in [0, 1, 2, 3, 4, 5, 7, 64, 65, 70] {
                    let expected = scores(plain, rows, rowCount, probes, probeCount, stride)
                    for kernel in VectorKernel.available {
                        #expect(
                            scores(kernel, rows, rowCount, probes, probeCount, stride) == expected, "\(kernel.name)")
                    }
                }
            }
        }
    }

    private func codes(count: Int, stride: Int, _ random: inout SeededGenerator) -> [Int8] {
        (0..<count * stride).map { index in
            switch index / stride {
            case 0: 127
            case 1: -127
            default: Int8.random(in: -127...127, using: &random)
            }
        }
    }

    private func scores(
        _ kernel: VectorKernel, _ rows: [Int8], _ rowCount: Int, _ probes: [Int8], _ probeCount: Int, _ stride: Int
    ) -> [Int32] {
        // The last element must stay untouched.
        var out = [Int32](repeating: .min, count: rowCount * probeCount + 1)
        kernel.scores(
            rows: rows, rowCount: rowCount, probes: probes, probeCount: probeCount, stride: stride, into: &out)
        return out
    }

    @Test func `every kernel chooses the same candidates`() throws {
        let plain = try #require(VectorKernel.available.last)
        var random = SeededGenerator(7)
        let scores = (0..<300).map { _ in Int32.random(in: -800_000...800_000, using: &random) }
        let scales = (0..<300).map { _ in Float.random(in: 0.001...0.002, using: &random) }
        let errors = (0..<300).map { _ in random.next() % 9 == 0 ? -Float.infinity : Float.random(in: 0...0.01) }
        let bound = ScoreBound(scale: 0.0011, error: 0.008)
        for count in [0, 1, 15, 16, 17, 300] {
            for threshold in stride(from: Float(-2), to: 2, by: 0.01) {
                var expected = [UInt32](repeating: 0, count: 300)
                let size = plain.candidates(
                    scores: scores, scales: scales, errors: errors, count: count, bound: bound, threshold: threshold,
                    into: &expected)
                let least = (0..<count).filter {
                    errors[$0].isFinite && Float(scores[$0]) * scales[$0] * 0.0011 >= threshold
                }
                #expect(Set(expected.prefix(size)).isSuperset(of: least.map(UInt32.init)))
                for kernel in VectorKernel.available {
                    var chosen = [UInt32](repeating: 0, count: 300)
                    let own = kernel.candidates(
                        scores: scores, scales: scales, errors: errors, count: count, bound: bound,
                        threshold: threshold, into: &chosen)
                    #expect(own == size)
                    #expect(chosen == expected, "\(kernel.name)")
                }
            }
        }
    }

    /// Vectors whose quantisation is worst: one large element and small ones near half a step, all the same sign.
    @Test(arguments: [2, 17, 128, 512, 2048]) func `no cosine exceeds its bound`(_ dimensions: Int) throws {
        let kernel = VectorKernel.available[0]
        let stride = (dimensions + 63) / 64 * 64
        var random = SeededGenerator(UInt64(dimensions))
        func worst(_ large: Int) -> [Float] {
            (0..<dimensions).map { $0 == large ? 1 : 0.0039 * (Bool.random(using: &random) ? 1 : 0.98) }
        }
        var vectors = (0..<20).map { worst($0 % dimensions) }
        vectors += (0..<20).map { _ in random.vector(dimensions) }
        vectors += (0..<5).map { number in (0..<dimensions).map { $0 == number % dimensions ? 1 : 0 } }
        for template in vectors {
            let stored = try QuantisedVector(template, dimensions: dimensions, stride: stride)
            for vector in vectors {
                let probe = try Probe(vector, dimensions: dimensions, stride: stride)
                let cosine = dot(probe.vector, stored.vector)
                var score: Int32 = 0
                kernel.scores(
                    rows: stored.codes, rowCount: 1, probes: Probe.coarsePlanes([probe]), probeCount: 1, stride: stride,
                    into: &score)
                let fine = probe.upperBound(
                    score: score, row: stored.codes, scale: stored.scale, error: stored.error, kernel: kernel)
                let bound = probe.coarse
                let approximate = Float(score) * stored.scale * bound.scale
                let room = stored.error * bound.factor + bound.constant
                #expect(cosine <= fine)
                #expect(abs(cosine - approximate) <= room)
            }
        }
    }

    @Test func `the inner product is that of double precision`() {
        var random = SeededGenerator(3)
        for count in [0, 1, 7, 8, 9, 512, 515] {
            let left = (0..<count).map { _ in random.gaussian() }
            let right = (0..<count).map { _ in random.gaussian() }
            let sum = zip(left, right).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            #expect(abs(VectorKernel.dot(left, right, count: count) - sum) < 1e-12 * Double(count + 1))
        }
    }
}
