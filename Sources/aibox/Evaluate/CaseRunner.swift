import Evaluation
import Foundation
import ModelCatalog
import NIOCore
import Pipelines
import Vision

/// Runs one picture through the pipelines and keeps what the metrics need of the answer.
struct CaseRunner: Sendable {
    let task: EvaluationTask
    let options: AnalysisOptions
    let analyzer: PictureAnalyzer

    func outcome(of picture: LabelledPicture) async throws -> CaseOutcome {
        guard let bytes = FileManager.default.contents(atPath: picture.file.path) else {
            return CaseOutcome(failure: "the file cannot be read")
        }
        let clock = ContinuousClock()
        let start = clock.now
        do {
            var outcome = try await answer(ByteBuffer(bytes: bytes))
            outcome.milliseconds = (clock.now - start) / .milliseconds(1)
            return outcome
        } catch let error as PipelineError {
            throw CommandFailure(error.message, .absent)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return CaseOutcome(failure: "\(error)")
        }
    }

    private func answer(_ bytes: ByteBuffer) async throws -> CaseOutcome {
        if task == .reid { return CaseOutcome(embedding: try await analyzer.personEmbedding(ofWhole: bytes)) }
        let analysis = try await analyzer.analyze(bytes, options)
        var outcome = CaseOutcome(objects: analysis.objects, stages: analysis.times.milliseconds)
        guard options.tasks.contains(.recognition) else { return outcome }
        let face = analysis.mostCentralFace
        outcome.embedding = face?.templates.first?.vector
        outcome.isTakenForLive = face?.liveness?.isLive
        outcome.score = face?.liveness.map { Double($0.score) }
        return outcome
    }
}

extension StageTimes {
    fileprivate var milliseconds: [String: Double] {
        let stages = [
            "decode": decode, "preprocess": preprocess, "queue": queue, "inference": inference,
            "postprocess": postprocess,
        ]
        return stages.mapValues { $0 / .milliseconds(1) }
    }
}

extension Analysis {
    /// Everything that has a box.
    fileprivate var objects: [DetectedObject] {
        (persons ?? []).map(\.object) + (vehicles ?? []).map(\.object) + (faces ?? []).map(\.object)
            + (plates ?? []).map(\.object) + (poses ?? []).map(\.object)
    }
}

extension Detection {
    fileprivate func object(
        _ category: String, score: Float? = nil, keypoints: [Point] = [], text: String? = nil,
        attributes: [String: String] = [:]
    ) -> DetectedObject {
        DetectedObject(
            box: Evaluation.Box(box), score: Double(score ?? self.score), category: category,
            keypoints: keypoints.map { DetectedObject.Position(x: Double($0.x), y: Double($0.y)) }, text: text,
            attributes: attributes)
    }
}

extension Person {
    fileprivate var object: DetectedObject {
        var values: [String: String] = [:]
        for attribute in attributes ?? [] { values[attribute.name] = attribute.isPresent.map { $0 ? "yes" : "no" } }
        if let behaviour, behaviour.posture != .unknown { values["posture"] = behaviour.posture.rawValue }
        if let raised = behaviour?.handsRaised { values["hands_raised"] = raised ? "yes" : "no" }
        return detection.object("person", attributes: values)
    }
}

extension Vehicle {
    fileprivate var object: DetectedObject {
        var values = ["type": type]
        if let colour { values["colour"] = colour.label }
        return detection.object(type, attributes: values)
    }
}

extension Face {
    fileprivate var object: DetectedObject { detection.object("face") }
}

extension Plate {
    fileprivate var object: DetectedObject {
        detection.object("plate", score: reading.confidence, text: reading.text)
    }
}

extension BodyPose {
    fileprivate var object: DetectedObject {
        detection.object("person", keypoints: pose.keypoints.map(\.point))
    }
}
