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

    /// The quality of a face that is sharp and well lit.
    private func quality(_ face: Detection) -> FaceQuality {
        FaceQuality(face, sharpness: 400, brightness: 120, contrast: 0.2, clipped: 0)
    }

    @Test(arguments: [(8, 0), (16, 0), (64, 0.5), (112, 1), (600, 1)] as [(Float, Float)])
    func growsWithTheFace(_ side: Float, expected: Float) {
        #expect(near(quality(face(side: side)).size, expected, within: 1e-4))
    }

    @Test(arguments: [(0, 1), (0.05, 0.75), (-0.05, 0.75), (0.2, 0), (0.5, 0)] as [(Float, Float)])
    func fallsAsTheFaceTurnsToTheSide(_ shift: Float, expected: Float) {
        #expect(near(quality(face(side: 200, noseX: shift)).pose, expected, within: 1e-3))
    }

    @Test(arguments: [(0, 1), (0.1, 0.5), (-0.1, 0.5), (0.2, 0), (-0.3, 0)] as [(Float, Float)])
    func fallsAsTheFaceNods(_ shift: Float, expected: Float) {
        #expect(near(quality(face(side: 200, noseY: shift)).pose, expected, within: 1e-3))
    }

    @Test(arguments: [15, 45, -90] as [Float])
    func aTiltedHeadCostsNothing(_ degrees: Float) {
        var tilted = face(side: 64, noseX: 0.03, noseY: 0.05)
        let upright = quality(tilted).overall
        tilted.points = tilted.points.map(Similarity(turnedBy: degrees).apply)
        #expect(near(quality(tilted).overall, upright, within: 1e-4))
    }

    @Test func withoutLandmarksThereIsNoQuality() {
        var blind = face(side: 200)
        blind.points.removeLast()
        #expect(quality(blind).overall == 0)
        blind.points.append(Point(x: .nan, y: 0))
        #expect(quality(blind).overall == 0)
        blind.points = Array(repeating: Point(x: 1, y: 1), count: 5)
        #expect(quality(blind).overall == 0)
    }

    @Test func sixPointsAreJudgedByEyesNoseAndMouth() {
        var face = face(side: 200)
        let mouth = Point(x: (face.points[3].x + face.points[4].x) / 2, y: face.points[3].y)
        face.points = Array(face.points.prefix(3)) + [mouth, Point(x: 60, y: 110), Point(x: 220, y: 110)]
        #expect(near(quality(face).pose, 1, within: 1e-3))
    }

    @Test(arguments: [(0, 0), (0.01, 0.5), (0.04, 1), (2, 1), (.nan, 0)] as [(Float, Float)])
    func growsWithTheVarianceOfTheLaplacian(_ ratio: Float, expected: Float) {
        // The same face in the light and in the dark: both variances fall with the square of the brightness.
        for contrast: Float in [0.2, 0.07] {
            let luma = contrast * 255
            let quality = FaceQuality(
                face(side: 200), sharpness: ratio * luma * luma, brightness: 120, contrast: contrast, clipped: 0)
            #expect(near(quality.sharpness, expected, within: 1e-3))
            #expect(near(quality.overall, expected.squareRoot().squareRoot(), within: 1e-3))
        }
    }

    @Test func aSurfaceWithoutContrastIsNotSharp() {
        let quality = FaceQuality(face(side: 200), sharpness: 400, brightness: 120, contrast: 0, clipped: 0)
        #expect(quality.sharpness == 0)
    }

    @Test(
        arguments: [
            (120, 0.2, 0, 1), (25, 0.2, 0, 0.5), (0, 0.2, 0, 0), (235, 0.2, 0, 0.5), (255, 0.2, 0, 0),
            (120, 0.03, 0, 0.5), (120, 0, 0, 0), (120, 0.2, 0.25, 0.75), (120, 0.2, 1, 0),
        ] as [(Float, Float, Float, Float)])
    func fallsInTheDarkInGlareAndInFog(_ brightness: Float, contrast: Float, clipped: Float, expected: Float) {
        let quality = FaceQuality(
            face(side: 200), sharpness: 400, brightness: brightness, contrast: contrast, clipped: clipped)
        #expect(near(quality.exposure, expected, within: 1e-4))
    }
}
