import Evaluation
import Foundation
import Imaging
import Vision

/// Draws labels and answers into the pictures of a report.
struct ReportDrawings {
    private static let longestSide = 640

    let limits: DecodeLimits

    /// The report with its worst cases as pictures; one that cannot be drawn stays a line of text.
    func drawn(_ report: EvaluationReport) -> EvaluationReport {
        var report = report
        for index in report.worst.indices {
            for number in report.worst[index].pictures.indices {
                report.worst[index].pictures[number].jpeg = try? jpeg(of: report.worst[index].pictures[number])
            }
        }
        return report
    }

    private func jpeg(of picture: ReportPicture) throws -> Data {
        let bytes = try Data(contentsOf: picture.file)
        let decoded = try bytes.withUnsafeBytes {
            try PictureDecoder(limits: limits).decode($0, useful: Self.longestSide)
        }
        let annotations = picture.marks.map { mark in
            Annotation(
                box: Rectangle(
                    x: Float(mark.box.x), y: Float(mark.box.y), width: Float(mark.box.width),
                    height: Float(mark.box.height)),
                label: mark.text, colour: mark.kind == .label ? .person : .alarm,
                points: mark.points.map { Point(x: Float($0.x), y: Float($0.y)) })
        }
        return Data(try Annotator().draw(annotations, on: decoded))
    }
}
