import Foundation
import Inference
import TestSupport
import Testing

/// ONNX models of a few nodes, made by scripts/fixtures_inference.py, which says what each computes.
enum TinyModel: String {
    case double
    case doubleAny = "double_any"
    case sum, types, aliased, nonzero, strings
    case sumAny = "sum_any"
    case shuffleThenConvolution = "shuffle_then_convolution"

    private struct Fixture: Decodable {
        let models: [String: Data]
    }

    func bytes() throws -> Data {
        let text = try Data(contentsOf: TestPlaces.fixtures.appending(path: "tiny_models.json"))
        let models = try JSONDecoder().decode(Fixture.self, from: text).models
        guard let bytes = models[rawValue] else { throw CocoaError(.fileNoSuchFile) }
        return bytes
    }

    /// The model in the engine called `engine`.
    func load(in engine: String, _ options: SessionOptions = SessionOptions()) throws -> any InferenceSession {
        let bytes = try bytes()
        return try withTemporaryFolder { folder in
            let file = folder.appending(path: "tiny.onnx")
            try bytes.write(to: file)
            return try TestEngines.all.engine(engine).load(file, options)
        }
    }
}

extension InferenceRequest {
    /// Writes `values` to input `index`.
    func set<Value>(_ index: Int, _ shape: [Int], _ values: [Value]) throws {
        let memory = try input(index, shape: shape)
        precondition(memory.count == values.count * MemoryLayout<Value>.stride)
        values.withUnsafeBytes { memory.copyMemory(from: $0) }
    }

    /// The values of output `index`.
    func values<Value>(_ index: Int, as type: Value.Type = Value.self) throws -> [Value] {
        try Array(output(index).bytes.bindMemory(to: type))
    }

    /// Fills input `index` with the known values that scripts/fixtures_inference.py uses.
    func setKnownValues(_ index: Int, of description: TensorDescription, shape: [Int]) throws {
        let memory = try input(index, shape: shape)
        switch description.elementType {
        case .float32:
            let values = memory.bindMemory(to: Float.self)
            for i in values.indices { values[i] = knownValue(i) }
        case .uint8:
            for i in memory.indices { memory[i] = UInt8(knownValue(i) * 255) }
        case .int64:  // the size of the picture, where a model asks for it
            memory.bindMemory(to: Int64.self).update(repeating: 640)
        case .float16, .int32:
            Issue.record("no known values of type \(description.elementType)")
        }
    }
}

/// The value at `index` of every test input: a multiplicative hash of it, 0 to 1.
func knownValue(_ index: Int) -> Float {
    Float((UInt32(truncatingIfNeeded: index) &* 2_654_435_761) >> 8) / 16_777_216
}
