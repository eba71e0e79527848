import ModelCatalog
import Testing
import Vision

@testable import ModelServer
@testable import Pipelines

@Suite struct FaceUseTests {
    /// A face that may be enrolled.
    private func face(side: Float = 120, liveness: Pipelines.Liveness? = nil) throws -> Face {
        let points = [(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)] as [(Float, Float)]
        let detection = Detection(
            box: Rectangle(x: 10, y: 10, width: side, height: side), score: 0.9,
            points: points.map { Point(x: 10 + $0.0 * side, y: 10 + $0.1 * side) })
        var face = Face(
            detection: detection,
            quality: FaceQuality(detection, sharpness: 400, brightness: 120, contrast: 0.2, clipped: 0))
        face.templates = [Template(model: try Catalog.builtIn().entry("face_reid_retail_0095"), vector: [1])]
        face.liveness = liveness
        return face
    }

    private func refusal(_ faces: [Face], requireLive: Bool = false) -> FaceRefusal? {
        if case .failure(let refusal) = FaceUse.enrollable(faces, requireLive: requireLive) { refusal } else { nil }
    }

    @Test func lifeIsAskedForOnlyWhenItIsRequired() throws {
        let alive = try face(liveness: Pipelines.Liveness(score: 0.9, isLive: true))
        let print = try face(liveness: Pipelines.Liveness(score: 0.1, isLive: false))
        #expect(refusal([alive], requireLive: true) == nil)
        #expect(refusal([print], requireLive: true) == .notLive)
        #expect(refusal([try face()], requireLive: true) == .notLive)
        #expect(refusal([print]) == nil)
    }

    @Test(arguments: [(30, nil), (71, nil), (73, .several), (120, .several)] as [(Float, FaceRefusal?)])
    func whoStandsBehindIsNoRival(side: Float, expected: FaceRefusal?) throws {
        #expect(refusal([try face(), try face(side: side)]) == expected)
    }

    @Test func nobodyAndATemplateThatCouldNotBeMadeAreRefused() throws {
        #expect(refusal([]) == FaceRefusal.none)
        var blind = try face()
        blind.templates = []
        #expect(refusal([blind]) == .turned)
        #expect(refusal([try face(side: 39)]) == .small)
        #expect(refusal([try face(side: 40)]) == nil)
    }
}
