import Foundation
import Testing
import Vision

/// Decoders of faces' points, of embeddings and of classes.
@Suite struct VectorDecoderTests {
    struct MeshFixture: Decodable {
        struct Output: Decodable {
            let name: String
            let shape: [Int]
            let values: [Float]
        }
        let outputs: [Output]
        let score: Float
        let five: [[Float]]
        let first: [[Float]]
    }

    @Test func theFaceMeshIsWhatTheReferenceGives() throws {
        let fixture: MeshFixture = try fixture("face_mesh")
        let tensors = fixture.outputs.map { Tensor(name: $0.name, shape: $0.shape, values: $0.values) }
        let mesh = try withViews(of: tensors) { try FaceMeshDecoder().mesh(in: $0) }
        #expect(mesh.points.count == 468)
        #expect(near(mesh.score, fixture.score, within: 1e-5))
        for (found, expected) in zip(mesh.alignmentPoints + mesh.points, fixture.five + fixture.first) {
            #expect(near(found, Point(x: expected[0], y: expected[1]), within: 0.01))
        }
        let moved = mesh.mapped { Point(x: $0.x + 1, y: $0.y) }
        #expect(moved.points[7].x == mesh.points[7].x + 1)
        #expect(moved.alignmentPoints[0].x == mesh.alignmentPoints[0].x + 1)
    }

    @Test(arguments: [[[1, 1404]], [[1, 1404], [1, 2]], [[1, 1403], [1, 1]], [[468, 3], [1, 1]]])
    func otherMeshOutputsAreRefused(_ shapes: [[Int]]) {
        let tensors = shapes.enumerated().map { Tensor(name: "\($0)", shape: $1) }
        #expect(throws: DecodeError.self) { try withViews(of: tensors) { try FaceMeshDecoder().mesh(in: $0) } }
    }

    private func landmarks(_ shape: [Int], _ values: [Float]?, output: String? = nil) throws -> [Point] {
        try withViews(of: [Tensor(name: "95", shape: shape, values: values)]) {
            try LandmarkDecoder(pointCount: 2, output: output).points(in: $0, inputWidth: 48, inputHeight: 96)
        }
    }

    @Test(arguments: [[1, 4, 1, 1], [1, 4]])
    func landmarksAreScaledToTheInput(_ shape: [Int]) throws {
        let points = try landmarks(shape, [0, 0.5, 1.25, 1], output: "95")
        #expect(points == [Point(x: 0, y: 48), Point(x: 60, y: 96)])
    }

    @Test func otherLandmarksAreRefused() {
        #expect(throws: DecodeError.self) { try landmarks([1, 6], nil) }
        #expect(throws: DecodeError.self) { try landmarks([2, 2], nil) }
        #expect(throws: DecodeError.self) { try landmarks([1, 4], nil, output: "96") }
        #expect(throws: DecodeError.self) { try landmarks([1, 4], [0, .nan, 0, 0]) }
    }

    private func embeddings(_ shape: [Int], _ values: [Float]) throws -> [[Float]] {
        try withViews(of: [Tensor(name: "vector", shape: shape, values: values)]) {
            try EmbeddingDecoder(dimensions: 3).embeddings(in: $0)
        }
    }

    @Test(arguments: [[2, 3], [2, 3, 1, 1]])
    func vectorsHaveLengthOneAndKeepTheirDirection(_ shape: [Int]) throws {
        let found = try embeddings(shape, [2, 3, 6, 0, -0.5, 0])
        #expect(found.count == 2)
        for (value, expected) in zip(found.flatMap { $0 }, [2 / 7, 3 / 7, 6 / 7, 0, -1, 0] as [Float]) {
            #expect(near(value, expected, within: 1e-6))
        }
    }

    @Test(arguments: [[1e30, 1e30, 0], [1e-30, 0, 1e-30]] as [[Float]])
    func greatAndTinyVectorsHaveADirectionToo(_ values: [Float]) throws {
        let vector = try #require(embeddings([1, 3], values).first)
        #expect(near(vector.reduce(0) { $0 + $1 * $1 }, 1, within: 1e-5))
    }

    @Test(arguments: [[0, 0, 0], [1, .nan, 0], [1, .infinity, 0]] as [[Float]])
    func vectorsWithoutADirectionAreRefused(_ values: [Float]) {
        #expect(throws: DecodeError.self) { try embeddings([1, 3], values) }
        #expect(throws: DecodeError.self) { try embeddings([2, 3], [1, 0, 0] + values) }
    }

    @Test(arguments: [[1, 4], [3], [3, 1], [1, 1, 3], [0, 3]])
    func vectorsOfAnotherShapeAreRefused(_ shape: [Int]) {
        #expect(throws: DecodeError.self) {
            try embeddings(shape, Array(repeating: 1, count: shape.reduce(1, *)))
        }
    }
}
