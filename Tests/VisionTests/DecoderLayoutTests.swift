import Testing
import Vision

@Suite struct DecoderLayoutTests {
    /// 64×64 with strides 8, 16, 32: 64 + 16 + 4 cells.
    private static let cells = 84

    @Test(arguments: [1, 3, 7, 8, 9, 17])
    func yolov8ReadsBothLayoutsAlikeForAnyNumberOfClasses(_ classCount: Int) throws {
        var random = Seeded(state: UInt64(classCount))
        let width = 4 + classCount
        var columns = Tensor(name: "output0", shape: [1, width, Self.cells])
        var rows = Tensor(name: "output0", shape: [1, Self.cells, width])
        for anchor in 0..<Self.cells {
            for row in 0..<width {
                let value = Float.random(in: row < 4 ? 1...64 : 0...1, using: &random)
                columns.values[row * Self.cells + anchor] = value
                rows.values[anchor * width + row] = value
            }
        }
        let decoder = DetectionDecoder.yolov8(YOLOv8Decoder(classCount: classCount))
        let one = try decoder.detections(in: [columns], input: [64, 64], minimumScore: 0.5)
        let other = try decoder.detections(in: [rows], input: [64, 64], minimumScore: 0.5)
        #expect(!one.isEmpty)
        #expect(one.map(\.box) == other.map(\.box))
        #expect(one.map(\.score) == other.map(\.score))
        #expect(one.map(\.classIndex) == other.map(\.classIndex))
        let expected = (0..<Self.cells).filter { anchor in
            rows.values[(anchor * width + 4)..<((anchor + 1) * width)].contains { $0 >= 0.5 }
        }
        #expect(one.count == expected.count)
    }

    @Test func yolov8WithAsManyRowsAsCellsIsReadAsColumns() throws {
        var tensor = Tensor(name: "output0", shape: [1, Self.cells, Self.cells])
        for (row, value) in [Float(32), 24, 10, 20, 0.9].enumerated() { tensor.values[row * Self.cells + 2] = value }
        let found = try DetectionDecoder.yolov8(YOLOv8Decoder(classCount: 80))
            .detections(in: [tensor], input: [64, 64], minimumScore: 0.5)
        #expect(found.map(\.box) == [Rectangle(x: 27, y: 14, width: 10, height: 20)])
        #expect(found.map(\.classIndex) == [0])
    }

    @Test func ofEqualClassScoresTheFirstWins() throws {
        var tensor = Tensor(name: "output", shape: [1, Self.cells, 5 + 12])
        tensor.values.replaceSubrange(0..<17, with: [0, 0, 1, 1, 1, 0, 0, 0.7, 0, 0.7, 0, 0, 0, 0, 0, 0, 0.7])
        let found = try DetectionDecoder.yolox(YOLOXDecoder(classCount: 12))
            .detections(in: [tensor], input: [64, 64], minimumScore: 0.5)
        #expect(found.map(\.classIndex) == [2])
    }

    @Test func nanoDetCountsStartedCellsOfTheCoarsestStride() throws {
        let cells = 52 * 52 + 26 * 26 + 13 * 13 + 7 * 7
        var tensor = Tensor(name: "output", shape: [1, cells, 2 + 4 * 8])
        let last = (cells - 1) * 34
        tensor.values[last + 1] = 0.8
        for side in 0..<4 { tensor.values[last + 2 + side * 8 + 1] = 100 }  // one stride to each side
        let found = try DetectionDecoder.nanoDetPlus(NanoDetPlusDecoder(classCount: 2))
            .detections(in: [tensor], input: [416, 416], minimumScore: 0.5)
        #expect(found.map(\.box) == [Rectangle(left: 320, top: 320, right: 448, bottom: 448)])
        #expect(found.map(\.classIndex) == [1])
    }

    @Test func anEmptyBoxIsNoDetection() throws {
        var tensor = Tensor(name: "output0", shape: [1, 5, Self.cells])
        tensor.values[4 * Self.cells] = 0.9  // width and height 0
        tensor.values[4 * Self.cells + 1] = 0.9
        tensor.values[2 * Self.cells + 1] = -5
        tensor.values[3 * Self.cells + 1] = 5
        let found = try DetectionDecoder.yolov8(YOLOv8Decoder(classCount: 1))
            .detections(in: [tensor], input: [64, 64], minimumScore: 0.5)
        #expect(found.isEmpty)
    }

    @Test func twoOutputsAreNotTakenForOne() {
        let tensor = Tensor(name: "output0", shape: [1, 5, Self.cells])
        #expect(throws: DecodeError("The model has 2 outputs [\"output0\", \"output0\"], expected one.")) {
            try DetectionDecoder.yolov8(YOLOv8Decoder(classCount: 1))
                .detections(in: [tensor, tensor], input: [64, 64], minimumScore: 0.5)
        }
    }

    @Test func outputsAreFoundByNameInAnyOrder() throws {
        let fixture: DecoderFixture = try fixture("yunet")
        let decoder = DetectionDecoder.yuNet(YuNetDecoder())
        let one = try decoder.detections(in: fixture.tensors, input: fixture.input, minimumScore: 0.5)
        let other = try decoder.detections(in: fixture.tensors.reversed(), input: fixture.input, minimumScore: 0.5)
        #expect(!one.isEmpty && one.map(\.box) == other.map(\.box))
    }
}
