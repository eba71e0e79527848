import Foundation
import Testing

@testable import Inference

@Suite struct ONNXFileTests {
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
        #expect(try metadata(in: Data(bytes)) == [:])
    }

    @Test func metadataIsReadByKeyAndTheLastOfAKeyCounts() throws {
        let model = try TinyModel.double.bytes()
        #expect(try metadata(in: model) == [:])
        let entries = [("character", "啊\n阿\nß"), ("author", "first"), ("author", "second"), ("empty", "")]
        let changed = entries.reduce(model) { $0 + Self.entry($1.0, $1.1) }
        #expect(try metadata(in: changed) == ["character": "啊\n阿\nß", "author": "second", "empty": ""])
        #expect(try names(in: changed) == ["y"])
        for length in model.count + 1..<model.count + Self.entry("character", "啊\n阿\nß").count {
            #expect(try metadata(in: changed.prefix(length)) == [:])
        }
    }

    @Test func moreMetadataThanAnyModelNeedsIsLeftOut() throws {
        let entry = Self.entry("a", String(repeating: "x", count: 1 << 20))
        #expect(try metadata(in: entry + entry + entry).count == 1)
        #expect(try metadata(in: entry + entry + entry + entry) == [:])
    }

    @Test(.enabled(if: TestEngines.arePresent, Comment(rawValue: TestEngines.absence)), arguments: TestEngines.names)
    func sessionsGiveTheMetadata(engine: String) throws {
        let bytes = try TinyModel.double.bytes() + Self.entry("character", "A\nB")
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.onnx")
            try bytes.write(to: file)
            let session = try TestEngines.all.engine(engine).load(file, SessionOptions())
            #expect(session.metadata == ["character": "A\nB"])
        }
    }

    /// A `ModelProto.metadata_props`.
    private static func entry(_ key: String, _ value: String) -> Data {
        field(14, field(1, Data(key.utf8)) + field(2, Data(value.utf8)))
    }

    private static func field(_ number: UInt8, _ content: Data) -> Data {
        var length = content.count
        var bytes = Data([number << 3 | 2])
        while length > 127 {
            bytes.append(UInt8(length & 127 | 128))
            length >>= 7
        }
        return bytes + Data([UInt8(length)]) + content
    }

    private func names(in bytes: Data) throws -> [String] { try read(bytes, ONNXFile.outputNames) }

    private func metadata(in bytes: Data) throws -> [String: String] { try read(bytes, ONNXFile.metadata) }

    private func read<Result>(_ bytes: Data, _ reader: (URL) -> Result) throws -> Result {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.onnx")
            try bytes.write(to: file)
            return reader(file)
        }
    }
}
