import Imaging
import Vision

extension Analysis {
    /// The picture as JPEG with boxes, labels and points of everything that was found.
    func drawn(on picture: Picture) throws(ImagingError) -> [UInt8] {
        var annotations: [Annotation] = []
        for vehicle in vehicles ?? [] {
            annotations.append(
                Annotation(
                    box: vehicle.detection.box, label: label(vehicle.type, vehicle.detection.score), colour: .vehicle))
        }
        for person in persons ?? [] {
            annotations.append(Annotation(box: person.box, label: label("person", person.score), colour: .person))
        }
        for face in faces ?? [] {
            annotations.append(
                Annotation(
                    box: face.detection.box, label: label("face", face.detection.score), colour: .face,
                    points: face.detection.points))
        }
        for plate in plates ?? [] {
            annotations.append(
                Annotation(
                    box: plate.detection.box, label: label(plate.reading.text, plate.reading.confidence),
                    colour: .plate))
        }
        return try Annotator().draw(annotations, on: picture)
    }

    private func label(_ text: String, _ score: Float) -> String { "\(text) \(Int((score * 100).rounded())) %" }
}
