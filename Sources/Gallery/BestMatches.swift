/// The best matches of one probe so far.
struct BestMatches {
    enum Unit {
        /// Every template counts.
        case templates
        /// One template counts for each person, the best.
        case persons
    }

    private let unit: Unit
    private let limit: Int
    private let minimum: Float
    private let excluded: GalleryKey?
    /// Best first.
    private(set) var matches: [GalleryMatch] = []

    /// - Parameters:
    ///   - minimum: matches below this cosine do not count.
    ///   - excluded: a person whose templates do not count.
    init(_ unit: Unit, limit: Int, minimum: Float, excluding excluded: GalleryKey? = nil) {
        self.unit = unit
        self.limit = limit
        // Below every cosine, and above the bound of a slot that is empty.
        self.minimum = max(minimum, -2)
        self.excluded = excluded
    }

    /// A cosine below this changes nothing.
    var threshold: Float { matches.count < limit ? minimum : max(minimum, matches[matches.count - 1].cosine) }

    /// Whether a template of this person can count.
    func accepts(_ person: GalleryKey) -> Bool { person != excluded }

    mutating func insert(_ match: GalleryMatch) {
        guard match.cosine >= minimum, accepts(match.person) else { return }
        if unit == .persons, let own = matches.firstIndex(where: { $0.person == match.person }) {
            guard match.isBefore(matches[own]) else { return }
            matches.remove(at: own)
        }
        var low = 0
        var high = matches.count
        while low < high {
            let middle = (low + high) / 2
            if matches[middle].isBefore(match) { low = middle + 1 } else { high = middle }
        }
        guard low < limit else { return }
        matches.insert(match, at: low)
        if matches.count > limit { matches.removeLast() }
    }
}
