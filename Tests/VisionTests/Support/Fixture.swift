import Foundation
import Vision

/// What scripts/oracles/generate.py wrote about one decoder: sparse outputs of one picture, and the reference's answer.
struct DecoderFixture: Decodable {
    struct Output: Decodable {
        let name: String
        let shape: [Int]
        let indices: [Int]
        let values: [Float]
        /// What all other values are; 0 when absent.
        let fill: Float?
    }

    struct Expected: Decodable {
        let box: [Float]
        let score: Float
        let `class`: Int?
        let points: [[Float]]?
        let pointScores: [Float]?

        enum CodingKeys: String, CodingKey {
            case box, score, `class`, points
            case pointScores = "point_scores"
        }
    }

    let input: [Int]
    let minimumScore: Float
    let suppression: Float
    let outputs: [Output]
    let detections: [Expected]

    enum CodingKeys: String, CodingKey {
        case input, suppression, outputs, detections
        case minimumScore = "minimum_score"
    }

    var tensors: [Tensor] { outputs.map(Tensor.init) }
}

/// Reads `Fixtures/<name>.json` beside the tests.
func fixture<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appending(path: "Fixtures/\(name).json"))
    return try JSONDecoder().decode(type, from: data)
}

/// An output that a test owns and changes.
struct Tensor {
    var name: String
    var shape: [Int]
    var values: [Float]

    init(name: String, shape: [Int], values: [Float]? = nil) {
        self.name = name
        self.shape = shape
        self.values = values ?? Array(repeating: 0, count: shape.reduce(1, *))
    }

    init(_ output: DecoderFixture.Output) {
        self.init(name: output.name, shape: output.shape)
        if let fill = output.fill { values = Array(repeating: fill, count: values.count) }
        for (index, value) in zip(output.indices, output.values) { values[index] = value }
    }
}

/// Lends the tensors to `body`, as an engine lends its outputs.
func withViews<Result>(of tensors: [Tensor], _ body: ([TensorView]) throws -> Result) rethrows -> Result {
    func lend(_ rest: ArraySlice<Tensor>, _ views: [TensorView]) throws -> Result {
        guard let tensor = rest.first else { return try body(views) }
        return try tensor.values.withUnsafeBufferPointer { values in
            try lend(rest.dropFirst(), views + [TensorView(name: tensor.name, shape: tensor.shape, values: values)])
        }
    }
    return try lend(tensors[...], [])
}

extension DetectionDecoder {
    func detections(in tensors: [Tensor], input: [Int], minimumScore: Float) throws -> [Detection] {
        try withViews(of: tensors) { views in
            try detections(in: views, inputWidth: input[0], inputHeight: input[1], minimumScore: minimumScore)
        }
    }
}

/// Reproducible numbers for properties (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

func near(_ one: Float, _ other: Float, within tolerance: Float) -> Bool { abs(one - other) <= tolerance }

func near(_ one: Point, _ other: Point, within tolerance: Float) -> Bool {
    near(one.x, other.x, within: tolerance) && near(one.y, other.y, within: tolerance)
}
