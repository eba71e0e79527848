import Foundation
import Inference
import Testing

/// What engines refuse, and in which words.
@Suite(.enabled(if: TestEngines.arePresent, Comment(rawValue: TestEngines.absence)))
struct EngineRefusalTests {
    @Test(
        "A shape that the model does not take is refused by name",
        arguments: TestEngines.names, [[1, 3], [1, 4, 1], [2, 4], [4], [], [1, 0], [1, -4]])
    func wrongShape(engine: String, shape: [Int]) throws {
        let request = try TinyModel.double.load(in: engine).makeRequest()
        let error = #expect(throws: InferenceError.self) { try request.input(0, shape: shape) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains("'x' takes the shape [1, 4]") == true)
    }

    @Test(
        "A shape beyond every memory is refused before it is allocated",
        arguments: TestEngines.names, [[1, 3, 1 << 40], [Int.max, 3, Int.max], [1 << 14, 3, 1 << 14]])
    func hugeShape(engine: String, shape: [Int]) throws {
        let request = try TinyModel.doubleAny.load(in: engine).makeRequest()
        let error = #expect(throws: InferenceError.self) { try request.input(0, shape: shape) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains("larger than 1024 MiB") == true)
    }

    @Test(arguments: TestEngines.names)
    func aRefusedShapeLeavesTheRequestUsable(engine: String) throws {
        let request = try TinyModel.double.load(in: engine).makeRequest()
        try request.set(0, [1, 4], [1, 2, 3, 4] as [Float])
        #expect(throws: InferenceError.self) { try request.input(0, shape: [9]) }
        try request.run()
        #expect(try request.values(0) == [2, 4, 6, 8] as [Float])
    }

    @Test(arguments: TestEngines.names)
    func aMissingInputIsNamed(engine: String) throws {
        let request = try TinyModel.sum.load(in: engine).makeRequest()
        _ = try request.input(0, shape: [4])
        let error = #expect(throws: InferenceError.self) { try request.run() }
        #expect(error == InferenceError(.invalidInput, "Input 'b' was not given."))
    }

    @Test(arguments: TestEngines.names)
    func anOutputBeforeTheFirstRunIsAnError(engine: String) throws {
        let request = try TinyModel.double.load(in: engine).makeRequest()
        _ = try request.input(0, shape: [1, 4])
        let error = #expect(throws: InferenceError.self) { try request.output(0) }
        #expect(error?.code == .runFailed)
    }

    @Test(arguments: TestEngines.names)
    func inputsThatDoNotFitTogetherGiveNothingAndTheNextRunSucceeds(engine: String) throws {
        let request = try TinyModel.sumAny.load(in: engine).makeRequest()
        try request.set(0, [2], [1, 2] as [Float])
        try request.set(1, [3], [1, 2, 3] as [Float])
        do {
            try request.run()
            #expect(engine == "openvino", "only OpenVINO answers, with no values")
            #expect(try request.output(0).bytes.isEmpty)
        } catch {
            #expect(error.code == .runFailed)
            #expect(throws: InferenceError.self) { try request.output(0) }
        }
        try request.set(1, [2], [10, 20] as [Float])
        try request.run()
        #expect(try request.values(0) == [11, 22] as [Float])
    }

    @Test("A file that is no model is refused with the engine's reason and a remedy", arguments: TestEngines.names)
    func notAModel(engine: String) throws {
        let model = try TinyModel.double.bytes()
        let contents: [String: Data] = [
            "truncated.onnx": model.prefix(model.count / 2), "text.onnx": Data("not a model\n".utf8),
            "empty.onnx": Data(), "zeros.onnx": Data(count: 4096), "truncated.tflite": Data("TFL3".utf8),
            "text.xml": Data("<net name=\"n\" version=\"11\"><layers>".utf8),
        ]
        try withTemporaryFolder { folder in
            for (name, bytes) in contents {
                let file = folder.appending(path: name)
                try bytes.write(to: file)
                let error = #expect(throws: InferenceError.self, "\(name)") {
                    try TestEngines.all.engine(engine).load(file, SessionOptions())
                }
                #expect(error?.code == .modelUnusable)
                #expect(error?.message.contains("cannot use \(name): ") == true)
                #expect(error?.remedy?.contains("aibox models verify") == true)
            }
        }
    }

    @Test(arguments: TestEngines.names)
    func anAbsentModelIsNamed(engine: String) throws {
        let file = URL(filePath: "/nowhere/absent.onnx")
        let error = #expect(throws: InferenceError.self) {
            try TestEngines.all.engine(engine).load(file, SessionOptions())
        }
        #expect(error?.code == .modelUnusable)
        #expect(error?.message == "There is no model file /nowhere/absent.onnx.")
        #expect(error?.remedy == "get it with 'aibox models pull'")
    }

    @Test(arguments: TestEngines.names)
    func anElementTypeThatIsNotHandledIsRefusedOnLoading(engine: String) throws {
        let error = #expect(throws: InferenceError.self) { try TinyModel.strings.load(in: engine) }
        #expect(error?.code == .modelUnusable)
        #expect(error?.message.contains("'x' has an element type that AI Box does not handle") == true)
    }
}
