import Foundation
import Testing
import Vision

@Suite struct GeometryTests {
    static let unit = Rectangle(x: 0, y: 0, width: 10, height: 10)

    @Test(
        arguments: [
            (Rectangle(x: 0, y: 0, width: 10, height: 10), 1, 1),
            (Rectangle(x: 5, y: 0, width: 10, height: 10), 1 / 3, 0.5),
            (Rectangle(x: 2, y: 2, width: 5, height: 4), 0.2, 1),
            (Rectangle(x: 10, y: 0, width: 10, height: 10), 0, 0),
            (Rectangle(x: 3, y: 3, width: 0, height: 5), 0, 0),
        ] as [(Rectangle, Float, Float)])
    func overlaps(_ other: Rectangle, iou: Float, containment: Float) {
        #expect(near(Self.unit.intersectionOverUnion(other), iou, within: 1e-6))
        #expect(near(other.intersectionOverUnion(Self.unit), iou, within: 1e-6))
        #expect(near(Self.unit.containment(other), containment, within: 1e-6))
        #expect(near(other.containment(Self.unit), containment, within: 1e-6))
    }

    @Test(
        arguments: [
            (Rectangle(x: -5, y: -5, width: 20, height: 20), Rectangle(x: 0, y: 0, width: 15, height: 15)),
            (Rectangle(x: 95, y: 40, width: 50, height: 20), Rectangle(x: 95, y: 40, width: 5, height: 10)),
            (Rectangle(x: 99.5, y: 0, width: 9, height: 9), nil),
            (Rectangle(x: 200, y: 0, width: 9, height: 9), nil),
            (Rectangle(x: 0, y: 0, width: -5, height: 9), nil),
            (Rectangle(x: .infinity, y: 0, width: 5, height: 9), nil),
            (Rectangle(x: 0, y: 0, width: .nan, height: 9), nil),
        ] as [(Rectangle, Rectangle?)])
    func clipsToThePicture(_ rectangle: Rectangle, expected: Rectangle?) {
        #expect(rectangle.clipped(width: 100, height: 50) == expected)
    }

    @Test func aLetterboxIsUndone() {
        let letterbox = Letterbox(
            origin: Point(x: 30, y: 40), scaleX: 0.5, scaleY: 0.25, offset: Point(x: 7, y: 9))
        let found = letterbox.pictureDetection(
            Detection(
                box: Rectangle(x: 17, y: 19, width: 10, height: 20), score: 0.5, classIndex: 3,
                points: [Point(x: 7, y: 9)]))
        #expect(found.box == Rectangle(x: 50, y: 80, width: 20, height: 80))
        #expect(found.points == [Point(x: 30, y: 40)])
        #expect(found.score == 0.5 && found.classIndex == 3)
    }

    @Test(arguments: [-44, -30, -10, 0, 5, 20, 44] as [Float], 0..<4)
    func cornersAreOrderedClockwiseFromTheTopLeft(_ degrees: Float, _ rotation: Int) {
        let turn = Similarity(turnedBy: degrees)
        let upright = Quadrilateral(Rectangle(x: -50, y: -12, width: 100, height: 24))
        let corners = upright.points.map(turn.apply)
        for mixed in [corners, corners.reversed(), [corners[2], corners[0], corners[3], corners[1]]] {
            let rotated = Array(mixed[rotation...] + mixed[..<rotation])
            #expect(Quadrilateral(ordering: rotated)?.points == corners)
        }
    }

    @Test(arguments: [
        [], [Point(x: 0, y: 0)], Array(repeating: Point(x: 1, y: 1), count: 5),
        [Point(x: 0, y: 0), Point(x: 1, y: 0), Point(x: .nan, y: 1), Point(x: 0, y: 1)],
    ])
    func onlyFourFiniteCornersMakeAQuadrilateral(_ corners: [Point]) {
        #expect(Quadrilateral(ordering: corners) == nil)
    }

    @Test func aQuadrilateralKnowsItsExtent() {
        let shape = Quadrilateral(
            topLeft: Point(x: 2, y: 1), topRight: Point(x: 12, y: 1), bottomRight: Point(x: 15, y: 7),
            bottomLeft: Point(x: 0, y: 6))
        #expect(shape.boundingRectangle == Rectangle(left: 0, top: 1, right: 15, bottom: 7))
        #expect(near(shape.width, 15.033, within: 1e-3))
        #expect(near(shape.height, 6.708, within: 1e-3))
        #expect(Quadrilateral(shape.boundingRectangle).boundingRectangle == shape.boundingRectangle)
    }
}

extension Similarity {
    /// A turn about the origin, clockwise as seen.
    init(turnedBy degrees: Float) {
        let radians = degrees * .pi / 180
        self.init(a: cosf(radians), b: sinf(radians), tx: 0, ty: 0)
    }
}
