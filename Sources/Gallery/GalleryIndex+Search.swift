extension GalleryIndex {
    /// The templates with the highest cosines to each probe, best first; equal cosines in the order of their keys.
    /// Anchors are no matches. Probes of one call share each pass over the gallery.
    /// - Parameters:
    ///   - probes: vectors of the gallery's dimension, brought to length 1 as templates are.
    ///   - limit: 1 ... ``maximumLimit`` matches for each probe.
    ///   - minimum: matches below this cosine are left out; the higher, the faster.
    /// - Throws: `wrongDimension`, `invalidVector`, `invalidLimit`, `storageUnusable`.
    public func search(
        _ probes: [[Float]], limit: Int, minimum: Float = -1
    ) throws(GalleryError) -> [[GalleryMatch]] {
        try Self.verify(limit)
        var best = Array(
            repeating: BestMatches(.templates, limit: limit, minimum: Self.margin(minimum)), count: probes.count)
        try scan().run(try prepared(probes), over: blocks, into: &best)
        return best.map(\.matches)
    }

    /// The persons with the highest cosines to each probe, each with its best template, best first.
    ///
    /// Negative anchors are respected: a person is left out for a probe whose cosine to one of the person's anchors is
    /// not less than that to the person's best template, and makes room for the next person. Parameters and errors as
    /// for ``search(_:limit:minimum:)``.
    public func bestPersons(
        _ probes: [[Float]], limit: Int, minimum: Float = -1
    ) throws(GalleryError) -> [[GalleryMatch]] {
        try Self.verify(limit)
        let prepared = try prepared(probes)
        let scan = scan()
        var results = [[GalleryMatch]](repeating: [], count: probes.count)
        var pending = Array(prepared.indices)
        // How many persons are asked for, so that `limit` remain without those that anchors exclude.
        var wanted = hasAnchors ? limit + 8 : limit
        while !pending.isEmpty {
            let unit = BestMatches(.persons, limit: wanted, minimum: Self.margin(minimum))
            var best = Array(repeating: unit, count: pending.count)
            try scan.run(pending.map { prepared[$0] }, over: blocks, into: &best)
            var unfinished: [Int] = []
            for (index, found) in zip(pending, best) {
                let allowed = try withoutExcluded(found.matches, for: prepared[index])
                results[index] = Array(allowed.prefix(limit))
                if allowed.count < limit, found.matches.count == wanted { unfinished.append(index) }
            }
            pending = unfinished
            wanted *= 4
        }
        return results
    }

    func scan() -> GalleryScan { GalleryScan(dimensions: dimensions, stride: stride, kernel: kernel) }

    func prepared(_ probes: [[Float]]) throws(GalleryError) -> [Probe] {
        var prepared: [Probe] = []
        prepared.reserveCapacity(probes.count)
        for probe in probes { prepared.append(try Probe(probe, dimensions: dimensions, stride: stride)) }
        return prepared
    }

    static func verify(_ limit: Int) throws(GalleryError) {
        guard (1...maximumLimit).contains(limit) else {
            throw GalleryError(.invalidLimit, "a search gives 1 to \(maximumLimit) matches, not \(limit)")
        }
    }

    /// The cosine of opposite vectors can be rounded below -1.
    private static func margin(_ minimum: Float) -> Float { minimum <= -1 || minimum.isNaN ? -1.1 : minimum }

    /// The persons none of whose anchors resembles the probe as much as their best template does.
    private func withoutExcluded(_ matches: [GalleryMatch], for probe: Probe) throws(GalleryError) -> [GalleryMatch] {
        guard hasAnchors else { return matches }
        var allowed: [GalleryMatch] = []
        for match in matches where try !isExcluded(match, for: probe) { allowed.append(match) }
        return allowed
    }

    private func isExcluded(_ match: GalleryMatch, for probe: Probe) throws(GalleryError) -> Bool {
        for place in places(of: match.person, .anchor) {
            guard let anchor = try GalleryScan.entry(in: place.block, row: place.row, dimensions) else { continue }
            guard anchor.isAnchor, anchor.person == match.person else { continue }
            if probe.cosine(anchor.vector) >= match.cosine { return true }
        }
        return false
    }
}
