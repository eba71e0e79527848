import Glibc
import Testing
import Vision

/// Heads of objects and plates on tensors made by hand, with the values that their formulas give.
@Suite struct ObjectHeadTests {
    private static let detr = DetectionDecoder.detr(DETRDecoder(classCount: 3))

    private static func finished(labels: [Float], scores: [Float]) -> [Tensor] {
        [
            Tensor(name: "labels", shape: [1, labels.count], values: labels),
            Tensor(name: "boxes", shape: [1, labels.count, 4], values: labels.flatMap { _ in [10, 20, 30, 60] }),
            Tensor(name: "scores", shape: [1, scores.count], values: scores),
        ]
    }

    @Test func finishedBoxesAreTakenAsTheyAre() throws {
        let tensors = Self.finished(labels: [2, 0, 1], scores: [0.5, 0.9, 0.1])
        for order in [tensors, tensors.reversed()] {
            let found = try Self.detr.detections(in: order, input: [64, 64], minimumScore: 0.5)
            #expect(found.map(\.classIndex) == [2, 0])
            #expect(found.map(\.score) == [0.5, 0.9])
            #expect(found.allSatisfy { $0.box == Rectangle(left: 10, top: 20, right: 30, bottom: 60) })
            #expect(Self.detr.suppressed(found, iou: 0).map(\.classIndex) == [0, 2])
        }
    }

    @Test(arguments: [3, -1, 0.5, 1e30, -.greatestFiniteMagnitude] as [Float])
    func aLabelThatIsNoClassIsRefused(_ label: Float) throws {
        let tensors = Self.finished(labels: [label, 1], scores: [0.9, 0.9])
        let error = #expect(throws: DecodeError.self) {
            try Self.detr.detections(in: tensors, input: [64, 64], minimumScore: 0.5)
        }
        #expect(error?.description.contains("'labels' holds \(label)") == true)
        let unseen = Self.finished(labels: [label, 1], scores: [0.1, 0.9])
        #expect(try Self.detr.detections(in: unseen, input: [64, 64], minimumScore: 0.5).map(\.classIndex) == [1])
    }

    @Test func rawQueriesCountOnceForEachClass() throws {
        // Two queries, three classes: sigmoid of log(p / (1 − p)) is p.
        let probabilities: [Float] = [0.2, 0.75, 0.6, 0.1, 0.1, 0.8]
        let tensors = [
            Tensor(name: "logits", shape: [1, 2, 3], values: probabilities.map { logf($0 / (1 - $0)) }),
            Tensor(name: "pred_boxes", shape: [1, 2, 4], values: [0.5, 0.5, 0.25, 0.5, 0.25, 0.75, 0.5, 0.5]),
        ]
        let found = try Self.detr.detections(in: tensors, input: [64, 32], minimumScore: 0.7)
        #expect(found.map(\.classIndex) == [1, 2])
        #expect(zip(found, [0.75, 0.8]).allSatisfy { near($0.score, $1, within: 1e-6) })
        #expect(
            found.map(\.box) == [
                Rectangle(x: 24, y: 8, width: 16, height: 16), Rectangle(x: 0, y: 16, width: 32, height: 16),
            ])
        // Four reach 0.15; the best two are taken, as there are two queries.
        let best = try Self.detr.detections(in: tensors, input: [64, 32], minimumScore: 0.15)
        #expect(best.map(\.classIndex) == [2, 1])
    }

    private static let misshapen: [[Tensor]] = [
        [Tensor(name: "logits", shape: [1, 2, 4]), Tensor(name: "pred_boxes", shape: [1, 2, 4])],
        [Tensor(name: "logits", shape: [1, 2, 3]), Tensor(name: "pred_boxes", shape: [1, 3, 4])],
        [Tensor(name: "logits", shape: [1, 2, 3]), Tensor(name: "pred_boxes", shape: [2, 4])],
        [Tensor(name: "logits", shape: [2, 2, 3]), Tensor(name: "pred_boxes", shape: [2, 2, 4])],
        [Tensor(name: "pred_boxes", shape: [1, 2, 4])],
        [Tensor(name: "labels", shape: [0]), Tensor(name: "boxes", shape: [0]), Tensor(name: "scores", shape: [0])],
    ]

    @Test(arguments: misshapen)
    func rawQueriesOfAnotherShapeAreRefused(_ tensors: [Tensor]) {
        #expect(throws: DecodeError.self) {
            try Self.detr.detections(in: tensors, input: [64, 64], minimumScore: 0.5)
        }
    }

    @Test func yolov5MultipliesObjectnessAndClass() throws {
        // 64×64: (64 + 16 + 4) cells of three anchors.
        var tensor = Tensor(name: "output0", shape: [1, 252, 7])
        tensor.values.replaceSubrange(7 * 200..<7 * 201, with: [32, 24, 10, 20, 0.8, 0.5, 0.75])
        tensor.values.replaceSubrange(7 * 201..<7 * 202, with: [32, 24, 10, 20, 0.7, 0.8, 0.75])
        let found = try DetectionDecoder.yolov5(YOLOv5Decoder(classCount: 2))
            .detections(in: [tensor], input: [64, 64], minimumScore: 0.58)
        #expect(found.map(\.box) == [Rectangle(x: 27, y: 14, width: 10, height: 20)])
        #expect(found.map(\.classIndex) == [1])
        #expect(found.allSatisfy { near($0.score, 0.6, within: 1e-6) })
    }

    @Test(arguments: [[], [1]])
    func retinaPlateMeasuresInVariancesOfThePrior(_ batch: [Int]) throws {
        // 64×64 with strides 8 and 16, two priors a cell: the second of stride 16 at (2, 1), 40 pixels wide.
        let (count, prior) = (2 * (64 + 16), 2 * 64 + 2 * (4 + 2) + 1)
        var location = Tensor(name: "loc", shape: batch + [count, 4])
        var confidence = Tensor(name: "conf", shape: batch + [count, 2])
        var corners = Tensor(name: "landms", shape: batch + [count, 8])
        location.values.replaceSubrange(4 * prior..<4 * prior + 4, with: [1, -0.5, 0, logf(0.5) / 0.2])
        confidence.values[2 * prior + 1] = 0.9
        corners.values.replaceSubrange(8 * prior..<8 * prior + 8, with: [5, 3, -5, 3, -5, -3, 5, -3])
        let decoder = DetectionDecoder.retinaPlate(
            RetinaPlateDecoder(strides: [8, 16], minimumSizes: [[10, 20], [30, 40]]))
        let plates = try decoder.detections(in: [location, confidence, corners], input: [64, 64], minimumScore: 0.5)
        let plate = try #require(plates.first)
        // The prior's centre is (40, 24).
        let edges = [plate.box.x, plate.box.y, plate.box.right, plate.box.bottom]
        #expect(zip(edges, [24, 12, 64, 32] as [Float]).allSatisfy { near($0, $1, within: 1e-4) })
        let expected = [(20, 12), (60, 12), (60, 36), (20, 36)].map { Point(x: $0, y: $1) }
        #expect(zip(plate.points, expected).allSatisfy { near($0, $1, within: 1e-4) } && plate.points.count == 4)
        #expect(plates.count == 1 && plate.score == 0.9)
    }
}
