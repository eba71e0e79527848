/// One pass over blocks for a batch of probes, with the buffers it needs. Used by one thread.
final class GalleryScan {
    /// Probes that share a pass.
    static let batch = 64
    /// Rows of a tile; their codes and the scores of a batch stay in the second-level cache.
    private static let tile = 256

    private let kernel: VectorKernel
    private let stride: Int
    private let scores: UnsafeMutablePointer<Int32>
    private let chosen: UnsafeMutablePointer<UInt32>
    private let vector: UnsafeMutablePointer<Float>
    private var ranked: [(bound: Float, row: Int)] = []

    init(dimensions: Int, stride: Int, kernel: VectorKernel) {
        self.kernel = kernel
        self.stride = stride
        scores = .allocate(capacity: Self.batch * Self.tile)
        chosen = .allocate(capacity: Self.tile)
        vector = .allocate(capacity: dimensions)
    }

    deinit {
        scores.deallocate()
        chosen.deallocate()
        vector.deallocate()
    }

    /// Adds to `best[i]` what the blocks hold for `probes[i]`; any number of probes. Throws `storageUnusable`.
    func run(_ probes: [Probe], over blocks: [GalleryBlock], into best: inout [BestMatches]) throws(GalleryError) {
        for start in Swift.stride(from: 0, to: probes.count, by: Self.batch) {
            let batch = probes[start..<min(start + Self.batch, probes.count)]
            let planes = Probe.coarsePlanes(batch)
            for block in blocks {
                try block.lock.reading { () throws(GalleryError) in
                    for row in Swift.stride(from: 0, to: block.used, by: Self.tile) {
                        let rows = row..<min(row + Self.tile, block.used)
                        try scan(rows, of: block, batch, planes, into: &best)
                    }
                }
            }
        }
    }

    private func scan(
        _ rows: Range<Int>, of block: GalleryBlock, _ probes: ArraySlice<Probe>, _ planes: [Int8],
        into best: inout [BestMatches]
    ) throws(GalleryError) {
        planes.withUnsafeBufferPointer { codes in
            guard let base = codes.baseAddress else { return }
            kernel.scores(
                rows: block.codes + rows.lowerBound * stride, rowCount: rows.count, probes: base,
                probeCount: probes.count, stride: stride, into: scores)
        }
        for (number, index) in probes.indices.enumerated() {
            let own = scores + number * rows.count
            let count = kernel.candidates(
                scores: own, scales: block.scales + rows.lowerBound, errors: block.errors + rows.lowerBound,
                count: rows.count, bound: probes[index].coarse, threshold: best[index].threshold, into: chosen)
            if count == 0 { continue }
            rank(count, scores: own, firstRow: rows.lowerBound, of: block, probes[index], best[index])
            try compare(probes[index], with: block, into: &best[index])
        }
    }

    /// Puts the chosen rows that the closer bound does not exclude into `ranked`, the most promising first, so that few
    /// float vectors are read.
    private func rank(
        _ count: Int, scores: UnsafePointer<Int32>, firstRow: Int, of block: GalleryBlock, _ probe: Probe,
        _ best: BestMatches
    ) {
        ranked.removeAll(keepingCapacity: true)
        for index in 0..<count {
            let row = firstRow + Int(chosen[index])
            guard best.accepts(block.persons[row]) else { continue }
            let bound = probe.upperBound(
                score: scores[Int(chosen[index])], row: block.codes + row * stride, scale: block.scales[row],
                error: block.errors[row], kernel: kernel)
            if bound >= best.threshold { ranked.append((bound, row)) }
        }
        ranked.sort { $0.bound > $1.bound }
    }

    private func compare(
        _ probe: Probe, with block: GalleryBlock, into best: inout BestMatches
    ) throws(GalleryError) {
        for (bound, row) in ranked {
            if bound < best.threshold { break }
            try block.vectors.read(row, into: vector)
            best.insert(
                GalleryMatch(key: block.keys[row], person: block.persons[row], cosine: probe.cosine(vector)))
        }
    }

    /// What a row holds, nil when it is empty. Throws `storageUnusable`.
    static func entry(in block: GalleryBlock, row: Int, _ dimensions: Int) throws(GalleryError) -> GalleryEntry? {
        try block.lock.reading { () throws(GalleryError) in
            guard row < block.used, block.states[row] != .empty else { return nil }
            var vector = [Float](repeating: 0, count: dimensions)
            try vector.withUnsafeMutableBufferPointer { buffer throws(GalleryError) in
                if let base = buffer.baseAddress { try block.vectors.read(row, into: base) }
            }
            return GalleryEntry(
                key: block.keys[row], person: block.persons[row], vector: vector,
                isAnchor: block.states[row] == .anchor)
        }
    }
}
