import AIBoxAPI
import Gallery
import ModelCatalog
import Pipelines

// The gallery compared with itself.
extension FaceRecognition {
    /// Templates that one visit to the compute pool compares: others want their turn between.
    private static let faceBatch = 512

    func emptyReport(_ model: CatalogEntry) -> GalleryReport {
        GalleryReport(
            model: model.identity.description, persons: 0, faces: 0, alike: [], strays: [], highestStranger: nil,
            outdatedFaces: gallery.outdatedFaces)
    }

    func report(on index: GalleryIndex, _ model: CatalogEntry, limit: Int) async throws -> GalleryReport {
        let threshold = threshold(of: model)
        var strays: [GalleryCheck.Stray] = []
        var pairs: [GalleryCheck.Pair] = []
        var start: Int? = 0
        while let from = start {
            try Task.checkCancellation()
            let piece = try await pool.runIfActive {
                try index.check(
                    from: from, faces: Self.faceBatch, ownBelow: Float(threshold), pairs: limit, pairsFrom: -1)
            }
            strays += piece.strays
            pairs = Array((pairs + piece.pairs).distinct.prefix(limit))
            start = piece.next
        }
        let figures = index.figures
        return GalleryReport(
            model: model.identity.description, persons: figures.persons, faces: figures.templates,
            alike: pairs.filter { Double($0.cosine) >= threshold }.compactMap { pair($0, model) },
            strays: strays.sorted { $0.best < $1.best }.prefix(limit).compactMap { stray($0, model) },
            highestStranger: pairs.first.flatMap { pair($0, model) },
            outdatedFaces: gallery.outdatedFaces)
    }

    private func pair(_ pair: GalleryCheck.Pair, _ model: CatalogEntry) -> GalleryReport.Pair? {
        guard let person = UUIDv7(pair.firstPerson), let face = UUIDv7(pair.first),
            let otherPerson = UUIDv7(pair.secondPerson), let otherFace = UUIDv7(pair.second)
        else { return nil }
        let cosine = Double(pair.cosine)
        return GalleryReport.Pair(
            person: person, face: face, otherPerson: otherPerson, otherFace: otherFace, cosine: cosine.rounded(to: 4),
            similarity: similarity(cosine, of: model).rounded(to: 4))
    }

    private func stray(_ stray: GalleryCheck.Stray, _ model: CatalogEntry) -> GalleryReport.Stray? {
        guard let person = UUIDv7(stray.person), let face = UUIDv7(stray.key) else { return nil }
        let cosine = Double(stray.best)
        return GalleryReport.Stray(
            person: person, face: face, cosine: cosine.rounded(to: 4),
            similarity: similarity(cosine, of: model).rounded(to: 4))
    }
}

extension [GalleryCheck.Pair] {
    /// Highest first, each pair once.
    fileprivate var distinct: [GalleryCheck.Pair] {
        var seen: Set<[GalleryKey]> = []
        return sorted { $0.cosine > $1.cosine }.filter { seen.insert([$0.first, $0.second]).inserted }
    }
}

extension Double {
    func rounded(to digits: Int) -> Double {
        var factor = 1.0
        for _ in 0..<digits { factor *= 10 }
        return (self * factor).rounded() / factor
    }
}
