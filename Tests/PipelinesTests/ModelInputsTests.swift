import Foundation
import Inference
import ModelCatalog
import NIOPosix
import TestSupport
import Testing
import Vision

@testable import Pipelines

private let images = TensorDescription(name: "images", elementType: .float32, shape: [nil, 3, nil, nil])
private let sizeDescription = TensorDescription(name: "sizes", elementType: .int64, shape: [nil, 2])

/// What goes into inputs beside the picture, and outputs that are no float32.
@Suite struct ModelInputsTests {
    private func entry(sizeInput: String?, layout: CatalogEntry.Input.Layout = .nchw) throws -> CatalogEntry {
        var entry = try #require(try Catalog.builtIn().entries.first)
        entry.input.name = "images"
        entry.input.layout = layout
        entry.decoder.sizeInput = sizeInput
        return entry
    }

    private func load(_ entry: CatalogEntry, _ inputs: [TensorDescription]) throws -> LoadedModel {
        try LoadedModel(
            entry: entry, engine: "echo", session: EchoSession(inputs: inputs), slots: 1, queueLimit: 1,
            pool: .singleton)
    }

    private func sizes(_ model: LoadedModel, shape: [Int]) async throws -> [Float] {
        try await model.infer(shape: shape, deadline: nil) { _ in
        } finish: { outputs, _ in
            try Array(#require(outputs.first { $0.name == "sizes" }).values)
        }.value
    }

    @Test(arguments: [[images, sizeDescription], [sizeDescription, images]])
    func theSizeIsFilledByNameForEachPicture(inputs: [TensorDescription]) async throws {
        let model = try load(entry(sizeInput: "sizes"), inputs)
        #expect(try await sizes(model, shape: [1, 3, 4, 8]) == [8, 4])
        #expect(try await sizes(model, shape: [2, 3, 6, 2]) == [2, 6, 2, 6])
    }

    @Test func theLayoutSaysWhereWidthAndHeightStand() async throws {
        let model = try load(entry(sizeInput: "sizes", layout: .nhwc), [images, sizeDescription])
        #expect(try await sizes(model, shape: [1, 4, 8, 3]) == [8, 4])
    }

    @Test func aShapeWithoutWidthAndHeightIsRefused() async throws {
        let model = try load(entry(sizeInput: "sizes"), [images, sizeDescription])
        await #expect(throws: InferenceError.self) { try await sizes(model, shape: [3, 4]) }
    }

    @Test(
        "Inputs that the catalogue does not explain are refused when the model is loaded",
        arguments: [
            ("sizes", ["images"]), ("sizes", ["images", "other"]), (nil, ["images", "sizes"]), ("sizes", ["sizes"]),
            ("sizes", ["images", "sizes", "other"]), ("images", ["images", "sizes"]), (nil, []), (nil, ["a", "b"]),
        ] as [(String?, [String])])
    func unexplainedInputs(sizeInput: String?, names: [String]) throws {
        let inputs = names.map { name in
            var input = name == "sizes" ? sizeDescription : images
            input.name = name
            return input
        }
        let error = #expect(throws: InferenceError.self) { try load(entry(sizeInput: sizeInput), inputs) }
        #expect(error?.code == .modelUnusable)
    }

    @Test func aSizeOfAnotherTypeIsRefused() throws {
        var sizes = sizeDescription
        sizes.elementType = .float32
        #expect(throws: InferenceError.self) { try load(entry(sizeInput: "sizes"), [images, sizes]) }
    }

    @Test(
        .enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)),
        arguments: [("deimv2_femto_416_UNSTATED", 416), ("deimv2_atto_320_UNSTATED", 320)])
    func aDetectorThatAsksForTheSizeAnswersInPixelsOfItsInput(name: String, side: Int) async throws {
        let model = try TestModels.load(file: "object_detection/\(name).onnx")
        let shapes = try await model.infer(shape: [1, 3, side, side], deadline: nil) { _ in
        } finish: { outputs, _ in
            let boxes = try #require(outputs.first { $0.name == "boxes" })
            let labels = try #require(outputs.first { $0.name == "labels" })
            #expect(boxes.values.contains { $0 > 2 })
            #expect(boxes.values.allSatisfy { $0 > -Float(side) / 2 && $0 < 1.5 * Float(side) })
            #expect(labels.values.allSatisfy { (0..<80).contains($0) && $0 == $0.rounded() })
            return [boxes.shape, labels.shape]
        }.value
        #expect(shapes.map { Array($0.prefix(1)) } == [[1], [1]])
        #expect(shapes[0].last == 4 && shapes[0][1] == shapes[1][1])
    }

    @Test(.enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)))
    func aBatchAnswersAsItsPicturesOneByOne() async throws {
        let model = try TestModels.load(file: "person_reid/osnet_x0_25_msmt17.onnx")
        func vectors(_ pictures: [Int]) async throws -> [Float] {
            try await model.infer(shape: [pictures.count, 3, 256, 128], deadline: nil) { memory in
                let values = memory.bindMemory(to: Float.self)
                for (slot, picture) in pictures.enumerated() {
                    let count = 3 * 256 * 128
                    for index in 0..<count {
                        values[slot * count + index] = Float((index * (picture + 7)) % 101) / 50 - 1
                    }
                }
            } finish: { outputs, _ in
                #expect(outputs[0].shape == [pictures.count, 512])
                return Array(outputs[0].values)
            }.value
        }
        let together = try await vectors([0, 1, 2])
        let apart = try await [vectors([0]), vectors([1]), vectors([2])].flatMap { $0 }
        #expect(zip(together, apart).allSatisfy { abs($0 - $1) < 1e-3 })
        #expect(Array(apart[..<512]) != Array(apart[512..<1024]))
    }
}

/// An engine session whose outputs are its inputs.
private final class EchoSession: InferenceSession {
    let inputs: [TensorDescription]
    var outputs: [TensorDescription] { inputs }

    init(inputs: [TensorDescription]) { self.inputs = inputs }

    func makeRequest() throws(InferenceError) -> any InferenceRequest { EchoRequest(inputs) }
}

private final class EchoRequest: InferenceRequest {
    private let inputs: [TensorDescription]
    private var shapes: [[Int]]
    private var memory: [UnsafeMutableRawBufferPointer]

    init(_ inputs: [TensorDescription]) {
        self.inputs = inputs
        shapes = inputs.map { _ in [] }
        memory = inputs.map { _ in .allocate(byteCount: 0, alignment: 8) }
    }

    deinit { for one in memory { one.deallocate() } }

    func input(_ index: Int, shape: [Int]) throws(InferenceError) -> UnsafeMutableRawBufferPointer {
        memory[index].deallocate()
        memory[index] = .allocate(byteCount: shape.reduce(inputs[index].elementType.byteCount, *), alignment: 8)
        memory[index].initializeMemory(as: UInt8.self, repeating: 0)
        shapes[index] = shape
        return memory[index]
    }

    func run() throws(InferenceError) {}

    func output(_ index: Int) throws(InferenceError) -> OutputTensor {
        OutputTensor(
            name: inputs[index].name, elementType: inputs[index].elementType, shape: shapes[index],
            bytes: UnsafeRawBufferPointer(memory[index]))
    }
}
