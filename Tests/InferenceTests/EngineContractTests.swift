import Foundation
import Inference
import Testing

/// What every engine does alike.
@Suite(.enabled(if: TestEngines.arePresent, Comment(rawValue: TestEngines.absence)))
struct EngineContractTests {
    @Test(arguments: TestEngines.names)
    func aModelComputesWhatItSays(engine: String) throws {
        let request = try TinyModel.double.load(in: engine).makeRequest()
        try request.set(0, [1, 4], [1, -2, 0.5, 3] as [Float])
        try request.run()
        let output = try request.output(0)
        #expect(output.name == "y")
        #expect(output.shape == [1, 4])
        #expect(Array(output.bytes.bindMemory(to: Float.self)) == [2, -4, 1, 6])
    }

    @Test(arguments: TestEngines.names)
    func inputsAndOutputsAreDescribed(engine: String) throws {
        let session = try TinyModel.doubleAny.load(in: engine)
        #expect(session.inputs == [TensorDescription(name: "x", elementType: .float32, shape: [nil, 3, nil])])
        #expect(session.outputs == [TensorDescription(name: "y", elementType: .float32, shape: [nil, 3, nil])])
    }

    @Test(arguments: TestEngines.names)
    func anOutputHasTheNameThatTheModelGivesIt(engine: String) throws {
        #expect(try TinyModel.aliased.load(in: engine).outputs.map(\.name) == ["y"])
    }

    @Test(arguments: TestEngines.names)
    func everyElementTypeGoesInAndComesOut(engine: String) throws {
        let session = try TinyModel.types.load(in: engine)
        #expect(session.inputs.map(\.elementType) == [.float32, .float16, .uint8, .int32, .int64])
        #expect(session.outputs.map(\.elementType) == [.float32, .float16, .uint8, .int32, .int64])
        let request = try session.makeRequest()
        try request.set(0, [3], [1.5, 0, -2] as [Float])
        try request.set(1, [3], [0x3C00, 0, 0xC200] as [UInt16])  // 1, 0, -3 in half precision
        try request.set(2, [3], [1, 0, 255] as [UInt8])
        try request.set(3, [3], [1, 0, -(1 << 30)] as [Int32])
        try request.set(4, [3], [1, 0, -(1 << 30)] as [Int64])
        try request.run()
        #expect(try request.values(0) == [-2, 1.5, -2] as [Float])
        #expect(try request.values(1) == [0xC200, 0x3C00, 0xC200] as [UInt16])
        #expect(try request.values(2) == [255, 1, 255] as [UInt8])
        #expect(try request.values(3) == [-(1 << 30), 1, -(1 << 30)] as [Int32])
        #expect(try request.values(4) == [-(1 << 30), 1, -(1 << 30)] as [Int64])
    }

    @Test(arguments: TestEngines.names)
    func inputMemoryIsKeptWhileTheShapeStaysAndFreshAfterwards(engine: String) throws {
        let request = try TinyModel.doubleAny.load(in: engine).makeRequest()
        try request.set(0, [1, 3, 2], [1, 2, 3, 4, 5, 6] as [Float])
        let first = try request.input(0, shape: [1, 3, 2])
        try request.run()
        let again = try request.input(0, shape: [1, 3, 2])
        #expect(again.baseAddress == first.baseAddress)
        #expect(Array(again.bindMemory(to: Float.self)) == [1, 2, 3, 4, 5, 6])

        let larger = try request.input(0, shape: [2, 3, 4])
        #expect(larger.count == 96)
        #expect(larger.allSatisfy { $0 == 0 })
        #expect(Int(bitPattern: larger.baseAddress) % 64 == 0)
    }

    @Test(arguments: TestEngines.names)
    func aRequestRunsOneShapeAfterAnother(engine: String) throws {
        let request = try TinyModel.doubleAny.load(in: engine).makeRequest()
        for (batch, width) in [(1, 2), (2, 1), (1, 2), (3, 5)] {
            let values = (0..<batch * 3 * width).map(Float.init)
            try request.set(0, [batch, 3, width], values)
            try request.run()
            #expect(try request.output(0).shape == [batch, 3, width])
            #expect(try request.values(0) == values.map { $0 * 2 })
        }
    }

    @Test(arguments: TestEngines.names)
    func anOutputMayHaveAnotherShapeInEveryRunEvenAnEmptyOne(engine: String) throws {
        let request = try TinyModel.nonzero.load(in: engine).makeRequest()
        let runs: [([Float], [Int64])] = [
            ([0, 1, 0, 1, 0], [1, 3]), ([1, 1, 1, 1, 1], [0, 1, 2, 3, 4]), ([0, 0, 0, 0, 0], []),
            ([0, 0, 0, 0, 9], [4]),
        ]
        for (values, found) in runs {
            try request.set(0, [5], values)
            try request.run()
            #expect(try request.output(0).shape == [1, found.count])
            #expect(try request.values(0) == found)
        }
    }

    @Test(arguments: TestEngines.names)
    func notANumberAndInfinityPassThrough(engine: String) throws {
        let request = try TinyModel.double.load(in: engine).makeRequest()
        try request.set(0, [1, 4], [.nan, .infinity, -.infinity, 1] as [Float])
        try request.run()
        let values: [Float] = try request.values(0)
        #expect(values[0].isNaN)
        #expect(Array(values[1...]) == [.infinity, -.infinity, 2])
    }

    @Test(arguments: TestEngines.names)
    func requestsOfOneSessionRunInParallelWithTheirOwnMemory(engine: String) throws {
        let session = try TinyModel.doubleAny.load(in: engine, SessionOptions(threads: 1, parallel: 4))
        let requests = try (0..<4).map { _ in try session.makeRequest() }
        let wrong = ParallelRuns.countFailures(of: requests) { index, request in
            let values = (0..<300).map { Float($0 + index) }
            try request.set(0, [1, 3, 100], values)
            try request.run()
            return try request.values(0) == values.map { $0 * 2 }
        }
        #expect(wrong == 0)
    }

    @Test(arguments: TestEngines.names)
    func aRequestOutlivesTheVariablesThatHeldItsSession(engine: String) throws {
        func makeRequest() throws -> any InferenceRequest { try TinyModel.double.load(in: engine).makeRequest() }
        let request = try makeRequest()
        try request.set(0, [1, 4], [1, 2, 3, 4] as [Float])
        try request.run()
        #expect(try request.values(0) == [2, 4, 6, 8] as [Float])
    }
}
