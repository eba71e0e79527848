import Testing
import Vision

@Suite struct PoseDecoderTests {
    struct Fixture: Decodable {
        struct Output: Decodable {
            let name: String
            let shape: [Int]
            let values: [Float]
        }
        struct Model: Decodable {
            let outputs: [Output]
            let input: [Int]
            let keypoints: [[Float]]
            let landmarks: [[Float]]?
            let presence: Float?

            var tensors: [Tensor] { outputs.map { Tensor(name: $0.name, shape: $0.shape, values: $0.values) } }
        }
        let movenet: Model
        let blazepose: Model
    }

    private func pose(_ decoder: PoseDecoder, _ tensors: [Tensor], _ input: [Int] = [192, 192]) throws -> Pose {
        try withViews(of: tensors) { try decoder.pose(in: $0, inputWidth: input[0], inputHeight: input[1]) }
    }

    private func agree(_ found: [Keypoint], _ expected: [[Float]]) -> Bool {
        found.count == expected.count
            && zip(found, expected).allSatisfy { keypoint, row in
                near(keypoint.point, Point(x: row[0], y: row[1]), within: 0.01)
                    && near(keypoint.confidence, row[2], within: 1e-4)
            }
    }

    @Test func moveNetGivesWhatTheReferenceGives() throws {
        let model = try fixture("poses", as: Fixture.self).movenet
        let pose = try pose(.moveNet, model.tensors, model.input)
        #expect(agree(pose.keypoints, model.keypoints))
        #expect(pose.landmarks.isEmpty && pose.auxiliary.isEmpty && pose.presence == nil)
    }

    @Test func blazePoseGivesWhatTheReferenceGives() throws {
        let model = try fixture("poses", as: Fixture.self).blazepose
        let pose = try pose(.blazePose, model.tensors, model.input)
        #expect(agree(pose.keypoints, model.keypoints))
        #expect(agree(pose.landmarks + pose.auxiliary, try #require(model.landmarks)))
        #expect(pose.landmarks.count == 33 && pose.auxiliary.count == 6)
        #expect(near(try #require(pose.presence), try #require(model.presence), within: 1e-6))
    }

    @Test func theNamesAreThoseOfCOCO() {
        #expect(CocoKeypoint.allCases.count == 17)
        #expect(CocoKeypoint.allCases.map(\.name).first == "nose")
        #expect(CocoKeypoint(rawValue: 16)?.name == "right_ankle")
        #expect(Set(CocoKeypoint.allCases.map(\.name)).count == 17)
    }

    @Test func mappingMovesEveryPoint() {
        let one = Keypoint(point: Point(x: 1, y: 2), confidence: 0.5)
        let mapped = Pose(keypoints: [one], landmarks: [one], auxiliary: [one], presence: 0.9)
            .mapped { Point(x: $0.x * 10, y: $0.y + 1) }
        let moved = Keypoint(point: Point(x: 10, y: 3), confidence: 0.5)
        #expect(mapped == Pose(keypoints: [moved], landmarks: [moved], auxiliary: [moved], presence: 0.9))
    }

    @Test(arguments: [Float.nan, .infinity])
    func valuesThatAreNotFiniteAreRefused(_ value: Float) {
        var tensor = Tensor(name: "keypoints", shape: [1, 1, 17, 3])
        tensor.values[40] = value
        #expect(throws: DecodeError.self) { try pose(.moveNet, [tensor]) }
        var points = Tensor(name: "points", shape: [1, 195])
        points.values[40] = value
        #expect(throws: DecodeError.self) { try pose(.blazePose, [points, Tensor(name: "flag", shape: [1, 1])]) }
    }

    @Test(arguments: [[1, 17, 3], [1, 1, 17, 2], [1, 1, 3, 17], []])
    func anotherShapeOfMoveNetIsRefused(_ shape: [Int]) {
        #expect(throws: DecodeError.self) { try pose(.moveNet, [Tensor(name: "keypoints", shape: shape)]) }
    }

    @Test(arguments: [
        [[1, 195]], [[1, 1]], [[1, 195], [1, 195], [1, 1]], [[1, 195], [1, 1], [1, 1]], [[5, 39], [1, 1]], [],
    ])
    func otherOutputsOfBlazePoseAreRefused(_ shapes: [[Int]]) {
        let tensors = shapes.enumerated().map { Tensor(name: "\($0)", shape: $1) }
        #expect(throws: DecodeError.self) { try pose(.blazePose, tensors) }
    }

    @Test func aClassifierOfKeypointsSeesThemInTheirBox() {
        let keypoints = [
            Keypoint(point: Point(x: 30, y: 40), confidence: 0.5), Keypoint(point: Point(x: 10, y: 20), confidence: 1),
            Keypoint(point: Point(x: 99, y: 99), confidence: 0),
            Keypoint(point: Point(x: .nan, y: 1), confidence: 0.9),
        ]
        let box = Rectangle(x: 10, y: 20, width: 40, height: 80)
        #expect(keypoints.classifierInput(in: box) == [0.5, 0.25, 0.5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
        let empty = Rectangle(x: 10, y: 20, width: 0, height: 80)
        #expect(keypoints.classifierInput(in: empty) == Array(repeating: 0, count: 12))
    }
}
