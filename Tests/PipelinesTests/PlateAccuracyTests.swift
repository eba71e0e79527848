import Foundation
import NIOCore
import TestSupport
import Testing
import Vision

@testable import Pipelines

/// Plates of the development pictures read end to end by the default models.
@Suite(.enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)))
struct PlateAccuracyTests {
    /// Region, plates that are labelled, plates that must be read right.
    @Test(arguments: [("eu", 20, 20), ("us", 20, 17), ("br", 20, 15), ("vn", 17, 14)])
    func platesOfTheDevelopmentPicturesAreRead(region: String, labelled: Int, required: Int) async throws {
        let folder = TestPlaces.pictures.appending(path: "plates-dev/\(region)")
        let analyzer = try TestModels.analyzer()
        var plates = 0
        var misread: [String] = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        where file.hasSuffix(".txt") {
            let labels = try labels(folder.appending(path: file))
            var read = try await readings(analyzer, folder.appending(path: file.replacing(".txt", with: ".jpg")))
            plates += labels.count
            for label in labels {
                if let match = read.firstIndex(of: label) {
                    read.remove(at: match)
                } else {
                    misread.append("\(label) as \(read)")
                }
            }
        }
        #expect(plates == labelled)
        #expect(plates - misread.count >= required, "misread: \(misread)")
    }

    private func readings(_ analyzer: PictureAnalyzer, _ file: URL) async throws -> [String] {
        let bytes = ByteBuffer(bytes: try Data(contentsOf: file))
        let analysis = try await analyzer.analyze(bytes, AnalysisOptions(tasks: [.plates]))
        return (analysis.plates ?? []).map { folded($0.reading.text) }
    }

    /// The plates of a label file: file, x, y, width, height and plate, separated by tabs.
    private func labels(_ file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline).map { line in
            let cells = line.split(separator: "\t")
            try #require(cells.count == 6, "\(file.lastPathComponent): \(line)")
            return folded(PlateText.normalized(String(cells[5])))
        }
    }

    /// Plates that spell O and 0 alike are not told apart.
    private func folded(_ text: String) -> String { text.replacing("O", with: "0") }
}
