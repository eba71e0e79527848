import Imaging
import Vision

extension Analysis {
    /// The picture as JPEG with boxes, labels and points of everything that was asked for, and with what is to stay
    /// private made unrecognisable before.
    func drawn(on picture: Picture, _ options: AnalysisOptions) throws(ImagingError) -> [UInt8] {
        let shown = options.blur == nil ? picture : picture.blurred(hidden, margin: 0.2, shape: shape(options.blur))
        return try Annotator().draw(annotations(options), on: shown)
    }

    private func shape(_ blur: AnalysisOptions.Blur?) -> BlurShape { blur == .plates ? .rectangle : .ellipse }

    private func annotations(_ options: AnalysisOptions) -> [Annotation] {
        let tasks = options.tasks
        var annotations = (vehicles ?? []).map(\.annotation)
        if tasks.contains(.persons) { annotations += (persons ?? []).map(\.annotation) }
        if tasks.contains(.poses) { annotations += (poses ?? []).map(\.annotation) }
        if tasks.contains(.faces) { annotations += (faces ?? []).map(\.annotation) }
        // A blurred plate must not be told by its label.
        if tasks.contains(.plates) {
            annotations += (plates ?? []).map { $0.annotation(isReadable: options.blur != .plates) }
        }
        return annotations
    }
}

extension Person {
    fileprivate var annotation: Annotation {
        let posture = behaviour.map(\.posture).flatMap { $0 == .unknown ? nil : $0.rawValue }
        return Annotation(
            box: detection.box, label: label(posture ?? "person", detection.score),
            colour: posture == Posture.lying.rawValue ? .alarm : .person)
    }
}

extension BodyPose {
    fileprivate var annotation: Annotation {
        let points = pose.keypoints.map(\.point)
        let confidences = pose.keypoints.map(\.confidence)
        return Annotation(
            box: detection.box, label: label("person", detection.score), colour: .person,
            points: pose.keypoints.filter { $0.confidence >= Self.visible }.map(\.point),
            lines: Skeleton.coco.lines(through: points, confidences: confidences, threshold: Self.visible))
    }

    private static let visible: Float = 0.3
}

extension Face {
    fileprivate var annotation: Annotation {
        let text = identity.map { label($0.name, $0.similarity) } ?? label("face", detection.score)
        return Annotation(box: detection.box, label: text, colour: .face, points: landmarks)
    }
}

extension Vehicle {
    fileprivate var annotation: Annotation {
        let name = [colour?.label, type].compactMap { $0 }.joined(separator: " ")
        return Annotation(box: detection.box, label: label(name, detection.score), colour: .vehicle)
    }
}

extension Plate {
    fileprivate func annotation(isReadable: Bool) -> Annotation {
        let text = isReadable ? label(reading.text, reading.confidence) : ""
        return Annotation(box: detection.box, label: text, colour: .plate)
    }
}

private func label(_ text: String, _ score: Float) -> String { "\(text) \(Int((score * 100).rounded())) %" }
