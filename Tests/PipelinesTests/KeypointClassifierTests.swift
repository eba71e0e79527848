import Foundation
import Inference
import ModelCatalog
import NIOPosix
import TestSupport
import Testing
import Vision

@testable import Pipelines

/// A network on keypoints in the place of a picture: from its catalogue entry to the class.
@Suite struct KeypointClassifierTests {
    static let engines = ["onnxruntime", "openvino"]

    private static let entry = """
        {"models": [{
          "name": "lying_or_standing", "version": "1", "task": "pose", "serves": [],
          "file": "pose/lying.onnx", "sha256": "\(String(repeating: "0", count: 64))", "bytes": 1,
          "licence": {"name": "CC0-1.0", "commercial_use": true}, "training_data": "none", "default": false,
          "engines": ["onnxruntime", "openvino"], "architecture": "one layer",
          "input": {"name": "x", "source": "keypoints"},
          "decoder": {"kind": "classifier"}, "labels": ["standing", "lying"],
          "thresholds": {"score": 0.5, "suppression": 1}, "accuracy": [], "sources": []
        }]}
        """

    private func readEntry() throws -> CatalogEntry {
        try #require(try Catalog(json: Self.entry.utf8).entries.first)
    }

    @Test func anInputOfKeypointsNeedsNoPictureInTheCatalogue() throws {
        let entry = try readEntry()
        #expect(entry.input.source == .keypoints)
        #expect(entry.input.name == "x")
        let again = try JSONDecoder().decode(CatalogEntry.self, from: JSONEncoder().encode(entry))
        #expect(again == entry)
    }

    @Test(arguments: [#""input": {"name": "x"}"#, #""input": {"name": "x", "source": "picture"}"#])
    func anInputOfAPictureNeedsAllOfIt(input: String) {
        let json = Self.entry.replacing(#""input": {"name": "x", "source": "keypoints"}"#, with: input)
        #expect(throws: ModelCatalogError.self) { try Catalog(json: json.utf8) }
    }

    @Test func everyBuiltInInputIsAPicture() throws {
        #expect(try Catalog.builtIn().entries.allSatisfy { $0.input.source == nil })
    }

    @Test(
        .enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)), arguments: engines)
    func aBatchOfPosesIsClassified(engine: String) async throws {
        let model = try load(engine)
        let poses = [Self.standing, Self.lying].map {
            $0.classifierInput(in: Rectangle(x: 0, y: 0, width: 100, height: 100))
        }
        let decoder = try ClassifierDecoder(model.entry)
        let found = try await model.infer(shape: [2, 51], deadline: nil) { memory in
            poses.flatMap { $0 }.withUnsafeBytes { memory.copyMemory(from: $0) }
        } finish: { outputs, _ in
            try decoder.classifications(in: outputs)
        }.value
        #expect(found.map { $0.best?.label } == ["standing", "lying"])
        #expect(found.allSatisfy { $0.best.map { $0.probability > 0.9 && $0.probability <= 1 } == true })
    }

    /// Standing is what the ankles' height below the nose says.
    private func load(_ engine: String) throws -> LoadedModel {
        var weights = [[Float]](repeating: [0, 0], count: 51)
        weights[1] = [-10, 10]
        for ankle in [15, 16] { weights[3 * ankle + 1] = [5, -5] }
        weights[2] = [-2, 2]
        let file = FileManager.default.temporaryDirectory.appending(path: "aibox-\(UUID().uuidString).onnx")
        defer { try? FileManager.default.removeItem(at: file) }
        try KeypointNetwork.onnx(weights: weights).write(to: file)
        let session = try Engines.load(folders: [TestPlaces.engines]).engine(engine).load(file, SessionOptions())
        return try LoadedModel(
            entry: readEntry(), engine: engine, session: session, slots: 1, queueLimit: 1, pool: .singleton)
    }

    private static let standing = body { Point(x: 50, y: $0) }
    private static let lying = body { Point(x: $0, y: 50) }

    /// The points of the body one after the other from nose to ankles.
    private static func body(_ place: (Float) -> Point) -> [Keypoint] {
        CocoKeypoint.allCases.map { Keypoint(point: place(10 + 5 * Float($0.rawValue)), confidence: 0.9) }
    }
}
