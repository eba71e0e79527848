import Foundation
import Inference
import ModelCatalog
import NIOPosix
import TestSupport
import Testing
import Vision

@testable import Pipelines

/// From catalogue entries to decoders, and these on what the real models answer.
@Suite struct DecodersCatalogTests {
    private func entry(_ kind: CatalogEntry.Decoder.Kind) throws -> CatalogEntry {
        try #require(try Catalog.builtIn().entries.first { $0.decoder.kind == kind })
    }

    private func entry(named name: String) throws -> CatalogEntry {
        try #require(try Catalog.builtIn().entries.first { $0.name == name })
    }

    @Test(arguments: CatalogEntry.Decoder.Kind.allCases)
    func eachDecoderTakesItsOwnKindOnly(kind: CatalogEntry.Decoder.Kind) throws {
        var entry = try entry(.classifier)
        entry.decoder.kind = kind
        (entry.decoder.points, entry.decoder.dimensions) = (5, 128)
        entry.decoder.alphabetMetadata = "character"
        let metadata = ["character": "A\nB"]
        let taken: [(CatalogEntry.Decoder.Kind, Bool)] = [
            (.movenet, (try? PoseDecoder(entry)) == .moveNet), (.blazepose, (try? PoseDecoder(entry)) == .blazePose),
            (.facemesh, (try? FaceMeshDecoder(entry)) != nil), (.points, (try? LandmarkDecoder(entry)) != nil),
            (.ctcText, (try? CTCTextDecoder(entry, metadata: metadata, plateCharactersOnly: true)) != nil),
            (.dbText, (try? TextRegionDecoder(entry)) != nil), (.embedding, (try? EmbeddingDecoder(entry)) != nil),
            (.classifier, (try? ClassifierDecoder(entry)) != nil),
        ]
        for (own, isTaken) in taken { #expect(isTaken == (own == kind), "\(own)") }
    }

    @Test func parametersComeFromTheCatalogue() throws {
        #expect(try TextRegionDecoder(entry(named: "ppocrv4_det")) == TextRegionDecoder(binarisation: 0.3, unclip: 1.6))
        #expect(try TextRegionDecoder(entry(named: "en_ppocrv3_det")).unclip == 1.5)
        #expect(
            try LandmarkDecoder(entry(named: "landmarks_regression_retail_0009"))
                == LandmarkDecoder(pointCount: 5, output: "95"))
        #expect(try EmbeddingDecoder(entry(named: "osnet_x0_25_msmt17")) == EmbeddingDecoder(dimensions: 512))
        let vehicle = try ClassifierDecoder(entry(named: "vehicle_attributes_0039"))
        #expect(vehicle.output == "color" && vehicle.furtherOutputs.map(\.name) == ["type"])
        #expect(vehicle.activation == .softmaxUnlessDistribution)
        #expect(try ClassifierDecoder(entry(named: "person_attributes_0230")).activation == .none)
    }

    @Test func anAlphabetIsReadFromTheCatalogueByCodePointAndFromTheFileByLine() throws {
        var inCatalogue = try entry(named: "ppocr_en_number_mobile_v2_rec")
        inCatalogue.decoder.alphabet = "ก\u{0E34}é "
        #expect(
            try CTCTextDecoder(inCatalogue, metadata: [:], plateCharactersOnly: false).alphabet == [
                "ก", "\u{0E34}", "é", " ",
            ])
        let inFile = try entry(named: "ppocrv4_rec")
        func alphabet(_ text: String) throws -> [Character] {
            try CTCTextDecoder(inFile, metadata: ["character": text], plateCharactersOnly: false).alphabet
        }
        #expect(try alphabet("啊\n阿\nß") == ["啊", "阿", "ß", " "])
        #expect(try alphabet("a\n \nb") == ["a", " ", "b"])
        for text in ["", "a\n\nb", "ab\nc", "a\n"] {
            let error = #expect(throws: PipelineError.self) { try alphabet(text) }
            #expect(error?.code == .unsupportedModel)
        }
        #expect(throws: PipelineError.self) { try CTCTextDecoder(inFile, metadata: [:], plateCharactersOnly: false) }
    }

    @Test func parametersThatAreMissingAreNamed() throws {
        var embedding = try entry(.embedding)
        embedding.decoder.dimensions = nil
        #expect(throws: PipelineError.self) { try EmbeddingDecoder(embedding) }
        var points = try entry(.points)
        points.decoder.points = nil
        #expect(throws: PipelineError.self) { try LandmarkDecoder(points) }
        var classifier = try entry(.classifier)
        classifier.labels = []
        #expect(throws: PipelineError.self) { try ClassifierDecoder(classifier) }
    }

    // MARK: Real models

    private static let realModels: [(name: String, engine: String)] = [
        "face_reid_retail_0095", "mobilefacenet_128", "osnet_x0_25_msmt17", "landmarks_regression_retail_0009",
        "minifasnet_v2_2.7_80", "minifasnet_v1se_4.0_80", "person_attributes_0230", "vehicle_attributes_0039",
        "ppocr_en_number_mobile_v2_rec", "movenet_singlepose_lightning_192", "blazepose_landmark_lite_256",
        "en_ppocrv3_det", "facemesh_468", "blazepose_landmark_full_256", "ppocrv4_det", "ppocrv4_rec",
        "ppocr_mobile_v2_cls",
    ].flatMap { name in ["onnxruntime", "openvino"].map { (name, $0) } }

    @Test(
        .enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)), .serialized,
        arguments: realModels)
    func theDecoderReadsWhatTheModelAnswers(name: String, engine: String) async throws {
        let entry = try entry(named: name)
        guard entry.engines.map(\.rawValue).contains(engine) else { return }
        let places = [
            TestPlaces.models.appending(path: entry.file),
            TestPlaces.testModels.appending(path: URL(filePath: entry.file).lastPathComponent),
        ]
        guard let file = places.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
            try Test.cancel("\(entry.file) is absent")
        }
        let session = try Engines.load(folders: [TestPlaces.engines]).engine(engine).load(file, SessionOptions())
        let model = try LoadedModel(
            entry: entry, engine: engine, session: session, slots: 1, queueLimit: 1, pool: .singleton)
        try await read(model, shape: shape(entry))
    }

    /// A small input where the model takes several sizes.
    private func shape(_ entry: CatalogEntry) -> [Int] {
        let size = entry.input.sizes.fast
        let (width, height) = [.ctcText, .dbText].contains(entry.decoder.kind) ? (160, 0) : (size.width, size.height)
        let rows = entry.decoder.kind == .dbText ? 96 : height > 0 ? height : size.height
        return entry.input.layout == .nchw ? [1, 3, rows, width] : [1, rows, width, 3]
    }

    private func read(_ model: LoadedModel, shape: [Int]) async throws {
        let entry = model.entry
        let isBytes = entry.input.element == .uint8
        let (width, height) = entry.input.layout == .nchw ? (shape[3], shape[2]) : (shape[2], shape[1])
        let metadata = model.metadata
        _ = try await model.infer(shape: shape, deadline: nil) { memory in
            for index in 0..<memory.count / (isBytes ? 1 : 4) {
                let value = Float(index * 37 % 251) / 251
                if isBytes {
                    memory[index] = UInt8(value * 255)
                } else {
                    memory.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
                }
            }
        } finish: { outputs, _ in
            try Self.check(entry, metadata, outputs, width, height)
        }
    }

    private static func check(
        _ entry: CatalogEntry, _ metadata: [String: String], _ outputs: [TensorView], _ width: Int, _ height: Int
    ) throws {
        switch entry.decoder.kind {
        case .embedding:
            let vector = try #require(try EmbeddingDecoder(entry).embeddings(in: outputs).first)
            #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
        case .points:
            let points = try LandmarkDecoder(entry).points(in: outputs, inputWidth: width, inputHeight: height)
            #expect(points.count == 5 && points.allSatisfy { (-20...70).contains($0.x) && (-20...70).contains($0.y) })
        case .classifier:
            let found = try #require(try ClassifierDecoder(entry).classifications(in: outputs).first)
            #expect(found.classes.map(\.label) == entry.labels)
            #expect(found.values.count == (entry.decoder.furtherOutputs ?? []).reduce(0) { $0 + $1.labels.count })
            let sum = found.classes.reduce(0) { $0 + $1.probability }
            #expect(entry.task == .personAttributes || abs(sum - 1) < 1e-3)
        case .ctcText:
            let decoder = try CTCTextDecoder(entry, metadata: metadata, plateCharactersOnly: false)
            #expect(try decoder.readings(in: outputs).count == 1)
        case .dbText:
            _ = try TextRegionDecoder(entry).regions(
                in: outputs, inputWidth: width, inputHeight: height, minimumScore: 0.1)
        case .movenet, .blazepose:
            let pose = try PoseDecoder(entry).pose(in: outputs, inputWidth: width, inputHeight: height)
            #expect(pose.keypoints.count == 17)
            #expect(pose.keypoints.allSatisfy { (0...1).contains($0.confidence) })
        case .facemesh:
            let mesh = try FaceMeshDecoder().mesh(in: outputs)
            #expect(mesh.points.count == 468 && (0...1).contains(mesh.score))
        default: Issue.record("no decoder of \(entry.decoder.kind)")
        }
    }
}
