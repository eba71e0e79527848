/// What looks wrong in a gallery, see ``GalleryIndex/check(from:faces:ownBelow:pairs:pairsFrom:isCancelled:)``.
public struct GalleryCheck: Hashable, Sendable {
    /// A template that does not resemble the others of its person.
    public struct Stray: Hashable, Sendable {
        public let key: GalleryKey
        public let person: GalleryKey
        /// The highest cosine to another template of the person.
        public let best: Float
    }

    /// Templates of different persons that resemble each other; `first` has the lesser key.
    public struct Pair: Hashable, Sendable {
        public let first: GalleryKey
        public let firstPerson: GalleryKey
        public let second: GalleryKey
        public let secondPerson: GalleryKey
        public let cosine: Float
    }

    public var strays: [Stray] = []
    /// Highest cosine first.
    public var pairs: [Pair] = []
    /// Templates that were compared.
    public var examined = 0
    /// Where the next call goes on; nil when the end was reached.
    public var next: Int?
}

extension GalleryIndex {
    /// Compares some templates with all: which do not resemble their own person, and which most resemble another.
    ///
    /// The work is bounded by `faces` and the gallery's size; a call goes on where the one before ended. Templates that
    /// change meanwhile may be missed or appear as they were.
    /// - Parameters:
    ///   - start: 0, or the last call's `next`.
    ///   - faces: how many templates are compared with the gallery.
    ///   - ownBelow: a template is a stray when its best cosine to the others of its person, if any, is below this.
    ///   - pairs: how many pairs are kept, 1 ... ``maximumLimit``.
    ///   - pairsFrom: the least cosine of a pair.
    /// - Throws: `invalidLimit`, `storageUnusable`, and `CancellationError` soon after `isCancelled` says so.
    public func check(
        from start: Int = 0, faces: Int, ownBelow: Float, pairs: Int, pairsFrom: Float,
        isCancelled: () -> Bool = { Task.isCancelled }
    ) throws -> GalleryCheck {
        try Self.verify(pairs)
        let blocks = blocks
        let scan = scan()
        var report = GalleryCheck()
        var slot = max(0, start)
        while report.examined < faces {
            if isCancelled() { throw CancellationError() }
            let room = min(GalleryScan.batch, faces - report.examined)
            let batch = try templates(from: &slot, count: room, of: blocks)
            if batch.isEmpty { break }
            report.examined += batch.count
            for entry in batch {
                if isCancelled() { throw CancellationError() }
                if let stray = try stray(entry, below: ownBelow) { report.strays.append(stray) }
            }
            try addPairs(of: batch, to: &report, limit: pairs, from: pairsFrom, scan, blocks)
        }
        report.next = slot < blocks.count * GalleryBlock.rows ? slot : nil
        return report
    }

    /// The next templates, in the order of slots; `slot` goes past them.
    private func templates(
        from slot: inout Int, count: Int, of blocks: [GalleryBlock]
    ) throws(GalleryError) -> [GalleryEntry] {
        var found: [GalleryEntry] = []
        while found.count < count, slot < blocks.count * GalleryBlock.rows {
            let block = blocks[slot / GalleryBlock.rows]
            let entry = try GalleryScan.entry(in: block, row: slot % GalleryBlock.rows, dimensions)
            if let entry, !entry.isAnchor { found.append(entry) }
            slot += 1
        }
        return found
    }

    /// Stops at the first template of the person that is near enough: most have one.
    private func stray(_ entry: GalleryEntry, below limit: Float) throws(GalleryError) -> GalleryCheck.Stray? {
        var best: Float?
        let probe = try Probe(entry.vector, dimensions: dimensions, stride: stride)
        for place in places(of: entry.person, .face) {
            guard let other = try GalleryScan.entry(in: place.block, row: place.row, dimensions) else { continue }
            guard other.person == entry.person, other.key != entry.key, !other.isAnchor else { continue }
            let cosine = probe.cosine(other.vector)
            if cosine >= limit { return nil }
            best = max(best ?? cosine, cosine)
        }
        return best.map { GalleryCheck.Stray(key: entry.key, person: entry.person, best: $0) }
    }

    private func addPairs(
        of entries: [GalleryEntry], to report: inout GalleryCheck, limit: Int, from minimum: Float,
        _ scan: GalleryScan, _ blocks: [GalleryBlock]
    ) throws(GalleryError) {
        let least = report.pairs.count < limit ? minimum : max(minimum, report.pairs[limit - 1].cosine)
        var best = entries.map {
            BestMatches(.templates, limit: limit, minimum: least, excluding: $0.person)
        }
        try scan.run(try prepared(entries.map(\.vector)), over: blocks, into: &best)
        var all = Set(report.pairs)
        for (entry, found) in zip(entries, best) {
            for match in found.matches { all.insert(GalleryCheck.Pair(entry, match)) }
        }
        report.pairs = Array(all.sorted { $0.isBefore($1) }.prefix(limit))
    }
}

extension GalleryCheck.Pair {
    /// The same pair, whichever of the two was the probe.
    init(_ entry: GalleryEntry, _ match: GalleryMatch) {
        let swapped = match.key < entry.key
        self.init(
            first: swapped ? match.key : entry.key, firstPerson: swapped ? match.person : entry.person,
            second: swapped ? entry.key : match.key, secondPerson: swapped ? entry.person : match.person,
            cosine: match.cosine)
    }

    func isBefore(_ other: Self) -> Bool {
        cosine == other.cosine ? (first, second) < (other.first, other.second) : cosine > other.cosine
    }
}
