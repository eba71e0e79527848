import Testing
import Vision

@Suite struct FaceQualityTests {
    /// Landmarks of a frontal face in a box of `side`, the nose moved by a share of the side.
    private func face(side: Float, noseX: Float = 0, noseY: Float = 0) -> Detection {
        let places: [(Float, Float)] = [(0.3, 0.4), (0.7, 0.4), (0.5 + noseX, 0.6 + noseY), (0.35, 0.8), (0.65, 0.8)]
        return Detection(
            box: Rectangle(x: 40, y: 30, width: side, height: side), score: 0.9,
            points: places.map { Point(x: 40 + $0.0 * side, y: 30 + $0.1 * side) })
    }

    @Test(arguments: [(8, 0), (16, 0), (64, 0.5), (112, 1), (600, 1)] as [(Float, Float)])
    func growsWithTheFace(_ side: Float, expected: Float) {
        #expect(near(face(side: side).faceQuality, expected, within: 1e-4))
    }

    @Test(arguments: [(0, 1), (0.05, 0.75), (-0.05, 0.75), (0.2, 0), (0.5, 0)] as [(Float, Float)])
    func fallsAsTheFaceTurnsToTheSide(_ shift: Float, expected: Float) {
        #expect(near(face(side: 200, noseX: shift).faceQuality, expected, within: 1e-3))
    }

    @Test(arguments: [(0, 1), (0.1, 0.5), (-0.1, 0.5), (0.2, 0), (-0.3, 0)] as [(Float, Float)])
    func fallsAsTheFaceNods(_ shift: Float, expected: Float) {
        #expect(near(face(side: 200, noseY: shift).faceQuality, expected, within: 1e-3))
    }

    @Test(arguments: [15, 45, -90] as [Float])
    func aTiltedHeadCostsNothing(_ degrees: Float) {
        var tilted = face(side: 64, noseX: 0.03, noseY: 0.05)
        let upright = tilted.faceQuality
        tilted.points = tilted.points.map(Similarity(turnedBy: degrees).apply)
        #expect(near(tilted.faceQuality, upright, within: 1e-4))
    }

    @Test func withoutLandmarksThereIsNoQuality() {
        var blind = face(side: 200)
        blind.points.removeLast()
        #expect(blind.faceQuality == 0)
        blind.points.append(Point(x: .nan, y: 0))
        #expect(blind.faceQuality == 0)
        blind.points = Array(repeating: Point(x: 1, y: 1), count: 5)
        #expect(blind.faceQuality == 0)
    }
}
