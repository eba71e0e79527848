import Testing
import Vision

/// A decoder with the fixture that shows what it must read, and an output whose shape is another model's.
struct DecoderCase: CustomTestStringConvertible, Sendable {
    let name: String
    let decoder: DetectionDecoder
    /// Whether outputs are told apart by their shapes and not by their names.
    var findsOutputsByShape = false
    /// Whether the shapes of the outputs follow from the size of the input.
    var dependsOnInputSize = true

    var testDescription: String { name }

    static let all = [
        DecoderCase(name: "nanodet_plus", decoder: .nanoDetPlus(NanoDetPlusDecoder(classCount: 80))),
        DecoderCase(name: "yolox", decoder: .yolox(YOLOXDecoder(classCount: 80))),
        DecoderCase(name: "yolov8", decoder: .yolov8(YOLOv8Decoder(classCount: 80))),
        DecoderCase(name: "yunet", decoder: .yuNet(YuNetDecoder())),
        DecoderCase(name: "lpd_yunet", decoder: .lpdYuNet(LPDYuNetDecoder())),
        DecoderCase(name: "yolov5", decoder: .yolov5(YOLOv5Decoder(classCount: 1))),
        DecoderCase(name: "yolov8_face", decoder: .yolov8Face(YOLOv8FaceDecoder()), findsOutputsByShape: true),
        DecoderCase(name: "yolov8_pose", decoder: .yolov8Pose(YOLOv8PoseDecoder(pointScale: 224))),
        DecoderCase(name: "detr", decoder: .detr(DETRDecoder(classCount: 80)), dependsOnInputSize: false),
        DecoderCase(name: "scrfd", decoder: .scrfd(SCRFDDecoder()), findsOutputsByShape: true),
        DecoderCase(name: "retina_plate", decoder: .retinaPlate(RetinaPlateDecoder())),
        DecoderCase(name: "blazeface_short_range", decoder: .blazeFace(BlazeFaceDecoder()), findsOutputsByShape: true),
        DecoderCase(
            name: "blazeface_full_range", decoder: .blazeFace(BlazeFaceDecoder(strides: [4], anchorsPerCell: [1])),
            findsOutputsByShape: true),
        DecoderCase(
            name: "blazepose_detector",
            decoder: .blazeFace(
                BlazeFaceDecoder(strides: [8, 16, 32], anchorsPerCell: [2, 2, 6], pointCount: 4)),
            findsOutputsByShape: true),
    ]
}

@Suite struct DecoderTests {
    @Test(arguments: DecoderCase.all)
    func decodesWhatTheReferenceDecodes(_ subject: DecoderCase) throws {
        let fixture: DecoderFixture = try fixture(subject.name)
        let found = try subject.decoder
            .detections(in: fixture.tensors, input: fixture.input, minimumScore: fixture.minimumScore)
        let kept = subject.decoder.suppressed(found, iou: fixture.suppression)
        try #require(!kept.isEmpty && kept.count == fixture.detections.count)
        for (detection, expected) in zip(kept, fixture.detections) {
            #expect(near(detection.score, expected.score, within: 1e-4))
            #expect(detection.classIndex == expected.class ?? 0)
            let edges = [detection.box.x, detection.box.y, detection.box.right, detection.box.bottom]
            #expect(zip(edges, expected.box).allSatisfy { near($0, $1, within: 1e-2) })
            let points = expected.points.map { $0.map { Point(x: $0[0], y: $0[1]) } } ?? []
            #expect(detection.points.count == points.count)
            #expect(zip(detection.points, points).allSatisfy { near($0, $1, within: 1e-2) })
            #expect(detection.pointScores.count == expected.pointScores?.count ?? 0)
            #expect(zip(detection.pointScores, expected.pointScores ?? []).allSatisfy { near($0, $1, within: 1e-4) })
        }
    }

    @Test(arguments: DecoderCase.all)
    func valuesThatAreNotFiniteNeverBecomeDetections(_ subject: DecoderCase) throws {
        let fixture: DecoderFixture = try fixture(subject.name)
        for value in [Float.nan, .infinity, -.infinity] {
            let tensors = fixture.tensors.map {
                Tensor(name: $0.name, shape: $0.shape, values: $0.values.map { _ in value })
            }
            let found = try subject.decoder.detections(in: tensors, input: fixture.input, minimumScore: 0)
            let count = found.count  // the issue of a failure prints the number, not thousands of boxes
            #expect(count == 0, "\(value)")
        }
    }

    @Test(arguments: DecoderCase.all)
    func noScoreExceedsOne(_ subject: DecoderCase) throws {
        let fixture: DecoderFixture = try fixture(subject.name)
        for value: Float in [1.0001, 3, .greatestFiniteMagnitude] {
            // Labels are no scores: others than the classes' are refused.
            let tensors = fixture.tensors.map { tensor in
                tensor.name == "labels"
                    ? tensor
                    : Tensor(name: tensor.name, shape: tensor.shape, values: tensor.values.map { $0 == 0 ? 0 : value })
            }
            let found = try subject.decoder.detections(in: tensors, input: fixture.input, minimumScore: 0)
            let scores = found.map(\.score)
            #expect(scores.allSatisfy { $0 <= 1 })
        }
    }

    @Test(arguments: DecoderCase.all)
    func oneBrokenValueCostsNoOtherDetection(_ subject: DecoderCase) throws {
        let fixture: DecoderFixture = try fixture(subject.name)
        var random = Seeded(state: 7)
        let whole = try subject.decoder
            .detections(in: fixture.tensors, input: fixture.input, minimumScore: fixture.minimumScore)
        for _ in 0..<40 {
            var tensors = fixture.tensors
            let output = Int.random(in: 0..<tensors.count, using: &random)
            guard let index = fixture.outputs[output].indices.randomElement(using: &random) else { continue }
            tensors[output].values[index] = [Float.nan, .infinity].randomElement(using: &random) ?? .nan
            let found = try subject.decoder
                .detections(in: tensors, input: fixture.input, minimumScore: fixture.minimumScore)
            #expect((whole.count - 1...whole.count).contains(found.count))
            #expect(found.allSatisfy { $0.score.isFinite && $0.box.right.isFinite && $0.box.bottom.isFinite })
        }
    }

    @Test(arguments: DecoderCase.all)
    func everyDetectionReachesTheMinimum(_ subject: DecoderCase) throws {
        let fixture: DecoderFixture = try fixture(subject.name)
        var before = Int.max
        for minimum: Float in [0.4, 0.6, 0.75, 0.9, 1.1] {
            let found = try subject.decoder
                .detections(in: fixture.tensors, input: fixture.input, minimumScore: minimum)
            #expect(found.allSatisfy { $0.score >= minimum })
            #expect(found.count <= before)
            before = found.count
        }
        #expect(before == 0)
        #expect(try subject.decoder.detections(in: fixture.tensors, input: fixture.input, minimumScore: .nan).isEmpty)
    }

    @Test(arguments: DecoderCase.all)
    func anotherShapeIsRefusedWithBothShapes(_ subject: DecoderCase) throws {
        let fixture: DecoderFixture = try fixture(subject.name)
        for index in fixture.outputs.indices {
            var tensors = fixture.tensors
            let shape = tensors[index].shape
            tensors[index] = Tensor(name: tensors[index].name, shape: shape.dropLast() + [(shape.last ?? 0) + 1])
            let error = #expect(throws: DecodeError.self) {
                try subject.decoder.detections(in: tensors, input: fixture.input, minimumScore: 0.3)
            }
            #expect(error?.description.contains("\(shape)") == true)
            #expect(error?.description.contains("\(tensors[index].shape)") == true)
        }
    }

    @Test(arguments: DecoderCase.all)
    func anotherInputSizeIsAnotherShape(_ subject: DecoderCase) throws {
        let fixture: DecoderFixture = try fixture(subject.name)
        let other = subject.dependsOnInputSize ? [[fixture.input[0] + 64, fixture.input[1]]] : []
        for input in other + [[0, 0], [-64, 64], [.max, .max]] {
            #expect(throws: DecodeError.self) {
                try subject.decoder.detections(in: fixture.tensors, input: input, minimumScore: 0.3)
            }
        }
    }

    @Test(arguments: DecoderCase.all)
    func missingValuesAreRefusedBeforeTheyAreRead(_ subject: DecoderCase) throws {
        let fixture: DecoderFixture = try fixture(subject.name)
        for kept in [0, 1] {
            let tensors = fixture.tensors.map {
                Tensor(name: $0.name, shape: $0.shape, values: Array($0.values.prefix(kept)))
            }
            #expect(throws: DecodeError.self) {
                try subject.decoder.detections(in: tensors, input: fixture.input, minimumScore: 0.3)
            }
        }
    }

    @Test(arguments: DecoderCase.all)
    func anAbsentOutputIsNamed(_ subject: DecoderCase) throws {
        let fixture: DecoderFixture = try fixture(subject.name)
        let error = #expect(throws: DecodeError.self) {
            try subject.decoder
                .detections(in: Array(fixture.tensors.dropLast()), input: fixture.input, minimumScore: 0.3)
        }
        let last = subject.findsOutputsByShape ? fixture.outputs.last.map { "\($0.shape)" } : fixture.outputs.last?.name
        let absent = fixture.outputs.count == 1 ? "0 outputs" : last
        #expect(error?.description.contains(absent ?? "") == true)
    }

    private static let impossible: [DetectionDecoder] = [
        .nanoDetPlus(NanoDetPlusDecoder(classCount: 0)),
        .nanoDetPlus(NanoDetPlusDecoder(classCount: 80, bins: 0)),
        .nanoDetPlus(NanoDetPlusDecoder(classCount: 80, strides: [])),
        .yolox(YOLOXDecoder(classCount: -1)),
        .yolox(YOLOXDecoder(classCount: 80, strides: [8, 0])),
        .yolov8(YOLOv8Decoder(classCount: .max)),
        .yuNet(YuNetDecoder(strides: [-8])),
        .lpdYuNet(LPDYuNetDecoder(strides: [8, 16], minimumSizes: [[10]])),
        .lpdYuNet(LPDYuNetDecoder(strides: [8], minimumSizes: [[]])),
        .yolov5(YOLOv5Decoder(classCount: 0)),
        .yolov5(YOLOv5Decoder(classCount: 1, anchorsPerCell: [3])),
        .yolov8Face(YOLOv8FaceDecoder(bins: 0)),
        .yolov8Face(YOLOv8FaceDecoder(pointCount: -1)),
        .yolov8Pose(YOLOv8PoseDecoder(pointCount: .max)),
        .yolov8Pose(YOLOv8PoseDecoder(pointScale: 0)),
        .yolov8Pose(YOLOv8PoseDecoder(pointScale: .nan)),
        .detr(DETRDecoder(classCount: 0)),
        .scrfd(SCRFDDecoder(anchorsPerCell: [2, 2])),
        .scrfd(SCRFDDecoder(pointCount: -1)),
        .scrfd(SCRFDDecoder(pointCount: 2)),
        .retinaPlate(RetinaPlateDecoder(minimumSizes: [[24, 48]])),
        .retinaPlate(RetinaPlateDecoder(variances: [0.1])),
        .retinaPlate(RetinaPlateDecoder(strides: [8], minimumSizes: [[.nan]])),
        .blazeFace(BlazeFaceDecoder(anchorsPerCell: [])),
        .blazeFace(BlazeFaceDecoder(pointCount: .max)),
    ]

    @Test(arguments: impossible)
    func parametersThatNoModelHasAreRefused(_ decoder: DetectionDecoder) {
        #expect(throws: DecodeError.self) {
            try decoder.detections(in: [Tensor(name: "x", shape: [1])], input: [64, 64], minimumScore: 0.3)
        }
    }
}
