import Foundation
import Imaging
import Inference
import ModelCatalog
import NIOPosix
import TestSupport
import Testing
import Vision

@testable import Pipelines

/// From encoded picture to detections as the references of the further heads see them
/// (scripts/oracles/generate_heads.py): every value of every detection, points in their order.
@Suite(.enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)))
struct HeadOracleTests {
    private static let scoreTolerance: Float = 1e-3
    private static let pixelTolerance: Float = 1

    @Test(arguments: [
        "scrfd", "yolov8_face", "yolov8_pose", "yolov5", "retina_plate", "deimv2_femto_416", "deimv2_atto_320",
    ])
    func aDetectorFindsWhatTheReferenceFinds(name: String) async throws {
        let oracle: HeadOracle = try oracle(name)
        try await compare(oracle, TestModels.load(file: oracle.model))
    }

    @Test(
        .enabled(
            if: MediaPipeModels.arePresent, "OpenVINO or the models are absent: run scripts/fetch-test-models"),
        arguments: ["blazeface_full_range", "blazeface_short_range", "blazepose_detector"])
    func blazeFaceFindsWhatTheReferenceFinds(name: String) async throws {
        let oracle: HeadOracle = try oracle(name)
        try await compare(oracle, MediaPipeModels.load(file: oracle.model))
    }

    private func compare(_ oracle: HeadOracle, _ model: LoadedModel) async throws {
        #expect(Float(model.entry.thresholds.suppression) == oracle.suppression)
        let detector = try Detector(model)
        var compared = 0
        for expected in oracle.pictures {
            let picture = try TestModels.picture(expected.file)
            // What is averaged depends on the threshold: it must be the reference's.
            let found = try await detector.detections(
                in: picture, profile: .balanced, minimumScore: oracle.minimumScore, deadline: nil)
            let wanted = expected.detections.compactMap { expected in
                expected.detection.clipped(width: Float(picture.width), height: Float(picture.height))
            }
            for difference in differences(found.value, wanted, minimumScore: oracle.minimumScore) {
                Issue.record("\(expected.file): \(difference)")
            }
            compared += wanted.count
        }
        #expect(compared > 0)
    }

    /// What one side has and the other has not, in words. A detection at the very threshold may be on one side only.
    private func differences(_ found: [Detection], _ wanted: [Detection], minimumScore: Float) -> [String] {
        func counts(_ detection: Detection) -> Bool { detection.score >= minimumScore + Self.scoreTolerance }
        let absent = wanted.filter { one in counts(one) && !found.contains { agrees($0, one) } }
        let surplus = found.filter { one in counts(one) && !wanted.contains { agrees($0, one) } }
        return absent.map { "expected \($0)" } + surplus.map { "not expected: \($0)" }
    }

    private func agrees(_ one: Detection, _ other: Detection) -> Bool {
        let edges = zip(pixels(one), pixels(other)).allSatisfy { abs($0 - $1) <= Self.pixelTolerance }
        let scores = zip([one.score] + one.pointScores, [other.score] + other.pointScores)
        return one.classIndex == other.classIndex && one.points.count == other.points.count
            && one.pointScores.count == other.pointScores.count && edges
            && scores.allSatisfy { abs($0 - $1) <= Self.scoreTolerance }
    }

    private func pixels(_ detection: Detection) -> [Float] {
        [detection.box.x, detection.box.y, detection.box.right, detection.box.bottom]
            + detection.points.flatMap { [$0.x, $0.y] }
    }
}

/// What scripts/oracles/generate_heads.py wrote about one detector.
private struct HeadOracle: Decodable {
    struct Picture: Decodable {
        let file: String
        let detections: [Expected]
    }

    struct Expected: Decodable {
        let box: [Float]
        let score: Float
        let `class`: Int?
        let points: [[Float]]?
        let pointScores: [Float]?

        var detection: Detection {
            Detection(
                box: Rectangle(left: box[0], top: box[1], right: box[2], bottom: box[3]), score: score,
                classIndex: `class` ?? 0, points: (points ?? []).map { Point(x: $0[0], y: $0[1]) },
                pointScores: pointScores ?? [])
        }

        enum CodingKeys: String, CodingKey {
            case box, score, `class`, points
            case pointScores = "point_scores"
        }
    }

    let model: String
    let minimumScore: Float
    let suppression: Float
    let pictures: [Picture]

    enum CodingKeys: String, CodingKey {
        case model, suppression, pictures
        case minimumScore = "minimum_score"
    }
}

/// TensorFlow Lite models of the built-in catalogue on OpenVINO, where scripts/fetch-test-models put them.
private enum MediaPipeModels {
    private static let engine = Result { () throws(InferenceError) in
        try Engines.load(folders: [TestPlaces.engines]).engine("openvino")
    }

    static let arePresent =
        (try? engine.get()) != nil
        && FileManager.default.fileExists(atPath: file("pose_detection.tflite").path)

    /// The folder has no folders of tasks, as the wheel has none.
    private static func file(_ path: String) -> URL {
        TestPlaces.testModels.appending(path: URL(filePath: path).lastPathComponent)
    }

    static func load(file path: String) throws -> LoadedModel {
        guard let entry = try Catalog.builtIn().entries.first(where: { $0.file == path }) else {
            throw CocoaError(.fileNoSuchFile)
        }
        let session = try engine.get().load(file(path), SessionOptions(threads: 1, parallel: 1))
        return try LoadedModel(
            entry: entry, engine: "openvino", session: session, slots: 1, queueLimit: 10, pool: .singleton)
    }
}
