import Glibc
import Testing
import Vision

/// Heads of faces and persons on tensors made by hand, with the values that their formulas give.
@Suite struct FaceHeadTests {
    /// 64×64 with strides 8, 16, 32.
    private static let cells = [64, 16, 4]

    /// Scores, boxes and points of each stride in SCRFD's order; anchor 1 of the cell (1, 2) of stride 16 sees a face.
    private static func scrfd(batch: [Int]) -> [Tensor] {
        var tensors = [1, 4, 10].flatMap { width in
            cells.map { Tensor(name: "\(width)", shape: batch + [2 * $0, width]) }
        }
        let anchor = 2 * (2 * 4 + 1) + 1
        tensors[1].values[anchor] = 0.75
        tensors[4].values.replaceSubrange(4 * anchor..<4 * anchor + 4, with: [0.5, 1, 1.5, 0.25])
        for value in 0..<10 { tensors[7].values[10 * anchor + value] = Float(value) / 4 }
        return tensors
    }

    @Test(arguments: [[], [1]])
    func scrfdMeasuresFromTheCellsCorner(_ batch: [Int]) throws {
        for tensors in [Self.scrfd(batch: batch), Self.scrfd(batch: batch).reversed()] {
            let faces = try DetectionDecoder.scrfd(SCRFDDecoder())
                .detections(in: tensors, input: [64, 64], minimumScore: 0.5)
            #expect(faces.map(\.box) == [Rectangle(left: 8, top: 16, right: 40, bottom: 36)])
            #expect(faces.map(\.score) == [0.75])
            #expect(faces.first?.points == (0..<5).map { Point(x: 16 + 8 * Float($0), y: 36 + 8 * Float($0)) })
        }
    }

    @Test func scrfdWithoutPointsNeedsNoneOfTheirOutputs() throws {
        let faces = try DetectionDecoder.scrfd(SCRFDDecoder(pointCount: 0))
            .detections(in: Array(Self.scrfd(batch: []).prefix(6)), input: [64, 64], minimumScore: 0.5)
        #expect(faces.map(\.box) == [Rectangle(left: 8, top: 16, right: 40, bottom: 36)])
        #expect(faces.first?.points == [])
    }

    @Test func outputsOfTheSameShapeAreNotGuessedApart() {
        let error = #expect(throws: DecodeError.self) {
            try DetectionDecoder.scrfd(SCRFDDecoder())
                .detections(in: Self.scrfd(batch: []) + Self.scrfd(batch: [1]), input: [64, 64], minimumScore: 0.5)
        }
        #expect(error?.description.hasPrefix("2 outputs have the shape [128, 1], expected one") == true)
    }

    @Test func yolov8FaceMeasuresFromTheCellsCentre() throws {
        var tensors = zip(["a", "b", "c"], [8, 4, 2]).map { name, side in
            Tensor(name: name, shape: [1, 80, side, side], values: Array(repeating: -20, count: 80 * side * side))
        }
        let cell = 2 * 4 + 1  // column 1, row 2 of stride 16
        for (side, bin) in [0, 1, 3, 15].enumerated() { tensors[1].values[(16 * side + bin) * 16 + cell] = 80 }
        tensors[1].values[64 * 16 + cell] = logf(3)  // sigmoid: 3/4
        for point in 0..<5 {
            tensors[1].values[(65 + 3 * point) * 16 + cell] = Float(point) / 4
            tensors[1].values[(66 + 3 * point) * 16 + cell] = -0.5
            tensors[1].values[(67 + 3 * point) * 16 + cell] = logf(Float(point + 1))
        }
        let faces = try DetectionDecoder.yolov8Face(YOLOv8FaceDecoder())
            .detections(in: tensors.reversed(), input: [64, 64], minimumScore: 0.5)
        let face = try #require(faces.first)
        #expect(faces.count == 1 && near(face.score, 0.75, within: 1e-6))
        // The centre is (24, 40).
        #expect(face.box == Rectangle(left: 24, top: 24, right: 24 + 48, bottom: 40 + 240))
        #expect(face.points == (0..<5).map { Point(x: 16 + 8 * Float($0), y: 16) })
        let confidences = (1...5).map { Float($0) / Float($0 + 1) }
        #expect(zip(face.pointScores, confidences).allSatisfy { near($0, $1, within: 1e-6) })
    }

    @Test func yolov8PoseReadsBothLayoutsAlikeAndDividesItsPoints() throws {
        let row: [Float] = [32, 24, 10, 20, 0.9] + (0..<17).flatMap { [Float($0) * 4, 128, Float($0) / 16] }
        var columns = Tensor(name: "output0", shape: [1, 56, 84])
        var rows = Tensor(name: "output0", shape: [1, 84, 56])
        for (index, value) in row.enumerated() {
            columns.values[index * 84 + 70] = value
            rows.values[70 * 56 + index] = value
        }
        for tensor in [columns, rows] {
            let found = try DetectionDecoder.yolov8Pose(YOLOv8PoseDecoder(pointScale: 4))
                .detections(in: [tensor], input: [64, 64], minimumScore: 0.5)
            #expect(found.map(\.box) == [Rectangle(x: 27, y: 14, width: 10, height: 20)])
            #expect(found.first?.points == (0..<17).map { Point(x: Float($0), y: 32) })
            #expect(found.first?.pointScores == (0..<17).map { Float($0) / 16 })
        }
    }

    @Test func confidencesOfPointsAreHeldToOne() throws {
        var tensor = Tensor(name: "output0", shape: [1, 8, 84])
        for (index, value) in [Float(8), 8, 4, 4, 1, 8, 8, 1.5].enumerated() { tensor.values[index * 84] = value }
        let found = try DetectionDecoder.yolov8Pose(YOLOv8PoseDecoder(pointCount: 1))
            .detections(in: [tensor], input: [64, 64], minimumScore: 0.5)
        #expect(found.map(\.pointScores) == [[1]])
    }

    /// Anchors with the centres of their cells: two a cell of stride 8, six of stride 16.
    private static let anchors: [(Int, Point)] = [
        (0, Point(x: 4, y: 4)), (1, Point(x: 4, y: 4)), (2, Point(x: 12, y: 4)), (2 * 8, Point(x: 4, y: 12)),
        (128, Point(x: 8, y: 8)), (128 + 5, Point(x: 8, y: 8)), (128 + 6 * 5, Point(x: 24, y: 24)),
    ]

    @Test(arguments: anchors)
    func blazeFaceMeasuresFromTheCentreOfTheAnchorsCell(_ anchor: Int, _ centre: Point) throws {
        var coordinates = Tensor(name: "a", shape: [1, 224, 16])
        var logits = Tensor(name: "b", shape: [1, 224, 1], values: Array(repeating: -1e30, count: 224))
        logits.values[anchor] = logf(4)
        let row: [Float] = [1, -2, 6, 8] + (0..<12).map(Float.init)
        coordinates.values.replaceSubrange(16 * anchor..<16 * anchor + 16, with: row)
        let decoder = DetectionDecoder.blazeFace(BlazeFaceDecoder())
        for tensors in [[coordinates, logits], [logits, coordinates]] {
            let faces = try decoder.detections(in: tensors, input: [64, 64], minimumScore: 0.5)
            #expect(faces.map(\.box) == [Rectangle(x: centre.x - 2, y: centre.y - 6, width: 6, height: 8)])
            #expect(faces.first.map { near($0.score, 0.8, within: 1e-6) } == true)
            #expect(
                faces.first?.points
                    == (0..<6).map { Point(x: centre.x + 2 * Float($0), y: centre.y + 2 * Float($0) + 1) })
        }
    }

    @Test func whatIsBlendedIsTheDecodersToSay() {
        let pair = [Float(0), 2].map {
            Detection(box: Rectangle(x: $0, y: 0, width: 10, height: 10), score: 0.5)
        }
        let boxes = { (decoder: DetectionDecoder) in decoder.suppressed(pair, iou: 0.3).map(\.box.x) }
        #expect(boxes(.blazeFace(BlazeFaceDecoder())) == [1])
        #expect(boxes(.detr(DETRDecoder(classCount: 1))) == [0, 2])
        #expect(boxes(.scrfd(SCRFDDecoder())) == [0])
    }
}

@Suite struct FaceLandmarkTests {
    @Test func decodersTellWhatTheirPointsAre() {
        #expect(DetectionDecoder.yuNet(YuNetDecoder()).faceLandmarks == FaceLandmark.five)
        #expect(DetectionDecoder.scrfd(SCRFDDecoder()).faceLandmarks == FaceLandmark.five)
        #expect(DetectionDecoder.scrfd(SCRFDDecoder(pointCount: 0)).faceLandmarks == [])
        #expect(DetectionDecoder.blazeFace(BlazeFaceDecoder()).faceLandmarks == FaceLandmark.blazeFace)
        #expect(DetectionDecoder.blazeFace(BlazeFaceDecoder(pointCount: 4)).faceLandmarks == [])
        #expect(DetectionDecoder.lpdYuNet(LPDYuNetDecoder()).faceLandmarks == [])
    }
}
