import Testing
import Vision

@testable import Imaging

struct AnnotatorTests {
    private let decoder = PictureDecoder()
    private let grey = Picture(.plain(width: 320, height: 240, [128, 128, 128]))
    private let red = Colour(red: 255, green: 0, blue: 0)

    @Test func theBoxIsDrawnOnItsEdgesAndNowhereElse() throws {
        let drawn = try draw([Annotation(box: Rectangle(x: 100, y: 80, width: 120, height: 90), colour: red)])
        let changed = drawn.changedArea
        #expect(changed.x >= 96 && changed.right <= 224 && changed.y >= 76 && changed.bottom <= 174)
        #expect(drawn.isChanged(100, 120) && drawn.isChanged(160, 80))
        #expect(!drawn.isChanged(160, 125))
    }

    @Test func pointsAreDots() throws {
        let box = Rectangle(x: 100, y: 80, width: 120, height: 90)
        let points = [Point(x: 150, y: 120), Point(x: -40, y: .nan)]
        let drawn = try draw([Annotation(box: box, colour: red, points: points)])
        #expect(drawn.isChanged(150, 120) && !drawn.isChanged(170, 120))
    }

    @Test func linesJoinPointsInsideThePicture() throws {
        let box = Rectangle(x: 100, y: 80, width: 120, height: 90)
        let lines = [
            Annotation.Line(Point(x: 110, y: 100), Point(x: 200, y: 100)),
            Annotation.Line(Point(x: 160, y: -1e6), Point(x: 160, y: 1e6)),
            Annotation.Line(Point(x: -1e30, y: 20), Point(x: 1e30, y: 21)),
            Annotation.Line(Point(x: .nan, y: 0), Point(x: 300, y: 230)),
        ]
        let drawn = try draw([Annotation(box: box, colour: red, lines: lines)])
        #expect(drawn.isChanged(150, 100) && drawn.isChanged(160, 25) && drawn.isChanged(160, 220))
        #expect(!drawn.isChanged(150, 130) && !drawn.isChanged(290, 220))
    }

    @Test(
        arguments: [
            ((-10, 5, 30, 5), (0, 5, 20, 5)), ((5, 5, 6, 7), (5, 5, 6, 7)), ((-10, -10, 30, 30), (0, 0, 10, 10)),
            ((15, 20, 15, -20), (15, 10, 15, 0)),
        ] as [((Float, Float, Float, Float), (Float, Float, Float, Float))])
    func linesEndAtThePicturesEdges(
        _ line: (Float, Float, Float, Float), _ inside: (Float, Float, Float, Float)
    ) throws {
        let whole = Annotation.Line(Point(x: line.0, y: line.1), Point(x: line.2, y: line.3))
        let clipped = try #require(whole.clipped(width: 20, height: 10))
        #expect(abs(clipped.start.x - inside.0) < 1e-4 && abs(clipped.start.y - inside.1) < 1e-4)
        #expect(abs(clipped.end.x - inside.2) < 1e-4 && abs(clipped.end.y - inside.3) < 1e-4)
    }

    @Test func linesOutsideAreNone() {
        for (start, end) in [(Point(x: -5, y: 0), Point(x: -1, y: 9)), (Point(x: 19, y: -9), Point(x: 40, y: 9))] {
            #expect(Annotation.Line(start, end).clipped(width: 20, height: 10) == nil)
        }
    }

    @Test func bonesNeedTwoSurePoints() {
        let points = (0..<17).map { Point(x: Float($0), y: 0) }
        #expect(Skeleton.coco.lines(through: points).count == 19)
        var confidences = [Float](repeating: 0.9, count: 17)
        confidences[9] = 0.2  // a wrist: one bone
        confidences[0] = .nan  // the nose: two
        let lines = Skeleton.coco.lines(through: points, confidences: confidences, threshold: 0.5)
        #expect(lines.count == 16)
        #expect(Skeleton.coco.lines(through: Array(points.prefix(5))).count == 5)
        #expect(Skeleton.coco.lines(through: points, confidences: [1], threshold: 0.5).isEmpty)
    }

    static let boxes = [
        Rectangle(x: 0, y: 0, width: 50, height: 50), Rectangle(x: 260, y: 0, width: 60, height: 40),
        Rectangle(x: 250, y: 200, width: 70, height: 40), Rectangle(x: -20, y: 100, width: 60, height: 60),
        Rectangle(x: 0, y: 0, width: 320, height: 240),
    ]

    static let labels = [
        "Nguyễn Văn Thắng 0.98", "车牌 京A·12345", "سيارة ٩٩", "a\nb\u{0}c\u{7}",
        String(repeating: "long ", count: 500),
    ]

    @Test(arguments: boxes, labels)
    func labelsStayInsideThePicture(_ box: Rectangle, _ label: String) throws {
        let style = DrawingStyle(width: 320, height: 240)
        let canvas = try DrawingCanvas(grey.pixels)
        let area = canvas.layOut(label, at: box, style).area
        #expect(area.width > 4 && area.height > 8)
        #expect(area.x >= 0 && area.y >= 0 && area.right <= 320 && area.bottom <= 240)
        let with = try draw([Annotation(box: box, label: label, colour: red)])
        let without = try draw([Annotation(box: box, colour: red)])
        #expect(with.bytes != without.bytes)
    }

    @Test func aLabelLiesAboveItsBoxWhereThereIsRoom() {
        let picture = Rectangle(x: 0, y: 0, width: 320, height: 240)
        let roomy = LabelPlacement.corner(of: (50, 20), at: Rectangle(x: 9, y: 60, width: 5, height: 5), in: picture)
        #expect(roomy == Point(x: 9, y: 40))
        let tight = LabelPlacement.corner(of: (50, 20), at: Rectangle(x: 9, y: 10, width: 5, height: 5), in: picture)
        #expect(tight == Point(x: 9, y: 10))
    }

    @Test func lettersOfManyScriptsDiffer() throws {
        let box = Rectangle(x: 20, y: 100, width: 200, height: 100)
        let labels = ["Thang", "Thắng", "Thâng", "سيارة", ""]
        let pictures = try labels.map { try draw([Annotation(box: box, label: $0, colour: red)]).bytes }
        #expect(Set(pictures).count == labels.count)
    }

    @Test(arguments: [
        Rectangle(x: 1e30, y: 0, width: 1, height: 1), Rectangle(x: .nan, y: 0, width: 1, height: 1),
        Rectangle(x: 400, y: 0, width: 50, height: 50),
    ])
    func whatLiesOutsideIsNotDrawn(_ box: Rectangle) throws {
        #expect(try draw([Annotation(box: box, label: "x", colour: red)]).changedArea.area == 0)
    }

    @Test func linesAndLettersGrowWithThePicture() {
        let small = DrawingStyle(width: 320, height: 240)
        let large = DrawingStyle(width: 2160, height: 3840)
        #expect(large.line >= 4 * small.line && large.font >= 4 * small.font)
    }

    @Test func boxesOnAPictureStoredSmallerAreScaled() throws {
        let file = try Picture(.plain(width: 320, height: 240, [128, 128, 128])).pixels.jpeg()
        let small = try decoder.decode(file, useful: 160)
        let box = Rectangle(x: 100, y: 80, width: 120, height: 90)
        let drawn = try decoder.decode(Annotator().draw([Annotation(box: box, colour: red)], on: small)).pixels
        #expect(drawn.width == 160 && drawn.isChanged(50, 60) && !drawn.isChanged(100, 60))
    }

    @Test func aPictureTooLargeForCairoIsAnError() {
        let strip = Picture(.plain(width: 40_000, height: 1, .zero))
        #expect(imagingCode { try Annotator().draw([], on: strip) } == .encodingFailed)
    }

    @Test func qualityIsClamped() throws {
        let sizes = try [-5, 1, 100, 500].map { try PixelBuffer.noise(width: 64, height: 64).jpeg(quality: $0).count }
        #expect(sizes[0] == sizes[1] && sizes[2] == sizes[3] && sizes[1] < sizes[2])
    }

    private func draw(_ annotations: [Annotation]) throws -> PixelBuffer {
        try decoder.decode(Annotator(quality: 100).draw(annotations, on: grey)).pixels
    }
}

extension PixelBuffer {
    /// Whether a pixel of a grey picture was drawn over.
    fileprivate func isChanged(_ x: Int, _ y: Int) -> Bool {
        let difference = self[x, y] &- SIMD3(repeating: 128)
        return max(abs(difference.x), abs(difference.y), abs(difference.z)) > 24
    }

    fileprivate var changedArea: Rectangle {
        let changed = (0..<width * height).map { ($0 % width, $0 / width) }.filter { isChanged($0.0, $0.1) }
        guard let left = changed.map(\.0).min(), let right = changed.map(\.0).max(),
            let top = changed.map(\.1).min(), let bottom = changed.map(\.1).max()
        else { return Rectangle(x: 0, y: 0, width: 0, height: 0) }
        return Rectangle(left: Float(left), top: Float(top), right: Float(right + 1), bottom: Float(bottom + 1))
    }
}
