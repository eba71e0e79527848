import Foundation
import Testing

@testable import Inference

@Suite struct ONNXOutputNamesTests {
    @Test func namesAreReadInOrder() throws {
        #expect(try names(in: TinyModel.double.bytes()) == ["y"])
        #expect(
            try names(in: TinyModel.types.bytes()) == ["y_float32", "y_float16", "y_uint8", "y_int32", "y_int64"])
    }

    @Test func aFileCutAnywhereHasNoNames() throws {
        let model = try TinyModel.sum.bytes()
        for length in 0..<model.count - 1 {
            // A cut exactly between two top-level fields leaves a well-formed file, with or without its graph.
            #expect(try [[], ["y"]].contains(names(in: model.prefix(length))))
        }
    }

    @Test(
        "Lengths that lie are not followed",
        arguments: [
            [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], [0x3A, 0x80], [0x3A], [0x3B],
            [0x39, 1],
            [UInt8](repeating: 0xFF, count: 64),
        ] as [[UInt8]])
    func lyingLengths(bytes: [UInt8]) throws {
        #expect(try names(in: Data(bytes)) == [])
    }

    private func names(in bytes: Data) throws -> [String] {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.onnx")
            try bytes.write(to: file)
            return ONNXOutputNames.read(file)
        }
    }
}
