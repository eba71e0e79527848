import AIBoxAPI
import Gallery
import ModelCatalog
import NIOPosix
import Pipelines
import ServiceClients

/// Who a face is: templates against the gallery, with the threshold that the wanted rate of false accepts asks for.
struct FaceRecognition: Sendable {
    /// Share of strangers who may pass for somebody in one comparison.
    let falseAcceptRate: Double
    let gallery: FaceGallery
    let pool: NIOThreadPool

    /// A person whom a template resembles.
    struct Resemblance: Sendable {
        var person: UUIDv7
        var similarity: Double
        var cosine: Double

        /// Similarities of several models reach 1; the cosine then decides, so that equal pictures have equal answers.
        static func > (one: Resemblance, other: Resemblance?) -> Bool {
            other.map { (one.similarity, one.cosine) > ($0.similarity, $0.cosine) } ?? true
        }
    }

    /// Gives each face the person it is, if any.
    /// - Parameter requireLive: a face that is not alive is nobody.
    func recognize(_ faces: inout [Face], requireLive: Bool) async throws {
        try await gallery.catchUp()
        let wanted = faces.indices.filter { !requireLive || faces[$0].liveness?.isLive == true }
        let found = try await resemblances(of: wanted.map { faces[$0].templates }, limit: 1)
        let names = try await gallery.names(of: found.flatMap { $0.map(\.person) })
        for (index, matches) in zip(wanted, found) {
            guard let best = matches.first, let name = names[best.person] else { continue }
            faces[index].identity = FaceIdentity(
                id: best.person.description, name: name, similarity: Float(best.similarity),
                cosine: Float(best.cosine))
        }
    }

    /// For the templates of each face the persons above the decision point, most alike first.
    func resemblances(of faces: [[Template]], limit: Int) async throws -> [[Resemblance]] {
        var best = [[UUIDv7: Resemblance]](repeating: [:], count: faces.count)
        for model in Set(faces.joined().map(\.model.sha256)) {
            let probes = faces.indices.compactMap { face in
                faces[face].first { $0.model.sha256 == model }.map { (face, $0) }
            }
            for ((face, _), matches) in zip(probes, try await search(probes.map(\.1), limit: limit)) {
                for match in matches where match > best[face][match.person] { best[face][match.person] = match }
            }
        }
        return best.map { found in
            Array(found.values.sorted { ($0.similarity, $0.cosine) > ($1.similarity, $1.cosine) }.prefix(limit))
        }
    }

    /// - Parameter probes: all of one model.
    private func search(_ probes: [Template], limit: Int) async throws -> [[Resemblance]] {
        guard let model = probes.first?.model, let index = gallery.index(ofModel: model.sha256) else {
            return probes.map { _ in [] }
        }
        let threshold = threshold(of: model)
        let found = try await pool.runIfActive {
            try index.bestPersons(probes.map(\.vector), limit: limit, minimum: Float(threshold))
        }
        return found.map { matches in
            matches.compactMap { match in
                UUIDv7(match.person).map { person in
                    let cosine = Double(match.cosine)
                    return Resemblance(
                        person: person, similarity: similarity(cosine, of: model), cosine: cosine)
                }
            }
        }
    }

    /// The cosine from which two faces are the same.
    func threshold(of model: CatalogEntry) -> Double {
        model.calibration?.cosine(falseAcceptRate: falseAcceptRate) ?? model.thresholds.score
    }

    /// 0–1, 0.5 at the threshold.
    func similarity(_ cosine: Double, of model: CatalogEntry) -> Double {
        let threshold = threshold(of: model)
        guard let calibration = model.calibration else { return cosine >= threshold ? 0.5 + cosine / 2 : cosine / 2 }
        return calibration.similarity(cosine: cosine, threshold: threshold)
    }
}
