import Testing
import Vision

@Suite struct PlateLinesTests {
    @Test func aLineOfAPlatesProportionsIsACandidate() {
        let lines = [
            Self.line(0, 0, 100, 25), Self.line(0, 200, 20, 25), Self.line(0, 400, 400, 20), Self.line(0, 600, 20, 5),
        ]
        #expect(PlateLines.candidates(among: lines).map(\.lines) == [[lines[0]]])
        #expect(PlateLines.candidates(among: []).isEmpty)
    }

    /// Upper line, lower line, whether they are one plate.
    @Test(arguments: [
        (line(0, 0, 60, 20), line(0, 22, 60, 20), true), (line(10, 0, 40, 20), line(0, 25, 60, 22), true),
        // Too far below, beside, of another height, the wrong way round, the same line seen twice.
        (line(0, 0, 60, 20), line(0, 45, 60, 20), false), (line(0, 0, 60, 20), line(50, 22, 60, 20), false),
        (line(0, 0, 60, 20), line(0, 22, 60, 10), false), (line(0, 22, 60, 20), line(0, 0, 60, 20), false),
        (line(0, 0, 60, 20), line(0, 2, 60, 20), false),
    ])
    func linesStackedLikeThoseOfAPlateAreOne(_ upper: Quadrilateral, _ lower: Quadrilateral, isPlate: Bool) {
        let found = PlateLines.candidates(among: [upper, lower]).filter { $0.lines == [upper, lower] }
        #expect(found.count == (isPlate ? 1 : 0))
        if isPlate {
            #expect(found.first?.box.y == upper.topLeft.y)
            #expect(found.first?.box.bottom == lower.bottomLeft.y)
            #expect(found.first?.corners == found.first.map { Quadrilateral($0.box) })
        }
    }

    @Test func onAPlateTheLargeLinesCountInReadingOrder() {
        let state = Self.line(30, 0, 60, 8)
        let (left, right, below) = (Self.line(0, 12, 40, 20), Self.line(50, 14, 50, 20), Self.line(0, 40, 100, 22))
        #expect(PlateLines(onPlate: [below, right, state, left])?.lines == [left, right, below])
        #expect(PlateLines(onPlate: [state])?.lines == [state])
        #expect(PlateLines(onPlate: []) == nil)
    }

    private static func line(_ x: Float, _ y: Float, _ width: Float, _ height: Float) -> Quadrilateral {
        Quadrilateral(Rectangle(x: x, y: y, width: width, height: height))
    }
}
