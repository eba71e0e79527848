import Foundation
import NIOCore
import TestSupport
import Testing
import Vision

@testable import Pipelines

/// Plates of the development pictures read end to end by the default models.
@Suite(.enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)))
struct PlateAccuracyTests {
    private static let hasLineReader = FileManager.default.fileExists(atPath: TestModels.lineReaderFile.path)

    /// Plates that are labelled and must be read right: with O and 0 alike, since labels and plates are not consistent
    /// there, and as they are written.
    struct Region: Sendable, CustomTestStringConvertible {
        var name: String
        var labelled: Int
        var folded: Int
        var strict: Int
        var testDescription: String { name }
    }

    @Test(arguments: [
        Region(name: "eu", labelled: 20, folded: 20, strict: 16),
        Region(name: "us", labelled: 20, folded: 19, strict: 18),
        Region(name: "br", labelled: 20, folded: 19, strict: 19),
        Region(name: "vn", labelled: 17, folded: 17, strict: 17),
    ])
    func platesAreReadWithTheTextDetector(_ region: Region) async throws {
        try await expect(region, TestModels.analyzer(), options: AnalysisOptions(tasks: [.plates]))
    }

    @Test(
        .enabled(if: hasLineReader, "the second reader of plates is not among the test models"),
        arguments: [
            Region(name: "eu", labelled: 20, folded: 20, strict: 16),
            Region(name: "us", labelled: 20, folded: 19, strict: 18),
            Region(name: "br", labelled: 20, folded: 19, strict: 19),
            Region(name: "vn", labelled: 17, folded: 17, strict: 17),
        ])
    func platesAreReadWithTheSecondReader(_ region: Region) async throws {
        try await expect(region, TestModels.analyzer(readsLines: true), options: AnalysisOptions(tasks: [.plates]))
    }

    /// The fast profile does without the further models, and looks for vehicles in fewer pixels.
    @Test(arguments: [
        Region(name: "eu", labelled: 20, folded: 20, strict: 16),
        Region(name: "us", labelled: 20, folded: 17, strict: 16),
        Region(name: "br", labelled: 20, folded: 19, strict: 19),
        Region(name: "vn", labelled: 17, folded: 17, strict: 17),
    ])
    func platesAreReadFast(_ region: Region) async throws {
        try await expect(
            region, TestModels.analyzer(), options: AnalysisOptions(tasks: [.plates], profile: .fast))
    }

    private func expect(_ region: Region, _ analyzer: PictureAnalyzer, options: AnalysisOptions) async throws {
        let folder = TestPlaces.pictures.appending(path: "plates-dev/\(region.name)")
        var outcome = Outcome()
        let clock = ContinuousClock()
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".txt") }
        let start = clock.now
        for file in files.sorted() {
            let picture = folder.appending(path: file.replacing(".txt", with: ".jpg"))
            let analysis = try await analyzer.analyze(ByteBuffer(bytes: try Data(contentsOf: picture)), options)
            let plates = analysis.plates ?? []
            outcome.count(
                labels: try labels(folder.appending(path: file)), plates: plates.map(\.reading.text), in: file)
            for plate in plates { check(plate) }
        }
        print(
            "plates \(region.name) \(options.profile): \(outcome.folded) of \(outcome.labelled) folded,",
            "\(outcome.strict) strict, \((clock.now - start) / max(files.count, 1)) a picture;",
            "misread: \(outcome.misread)")
        #expect(outcome.labelled == region.labelled)
        #expect(outcome.folded >= region.folded, "misread: \(outcome.misread)")
        #expect(outcome.strict >= region.strict, "misread: \(outcome.misread)")
    }

    /// What every answer holds.
    private func check(_ plate: Plate) {
        let reading = plate.reading
        #expect(reading.candidates.contains { $0.text == reading.text })
        #expect(abs(reading.candidates.reduce(0) { $0 + $1.probability } - 1) < 1e-3)
        #expect(String(reading.characters.map(\.character)) == reading.text)
    }

    private struct Outcome {
        var labelled = 0
        var folded = 0
        var strict = 0
        var misread: [String] = []

        mutating func count(labels: [String], plates: [String], in file: String) {
            labelled += labels.count
            strict += found(labels, plates).found
            let (found, missing, left) = found(labels.map(Self.folded), plates.map(Self.folded))
            folded += found
            misread += missing.map { "\(file): \($0) as \(left)" }
        }

        private func found(_ labels: [String], _ plates: [String]) -> (found: Int, missing: [String], left: [String]) {
            var left = plates
            let missing = labels.filter { label in
                guard let match = left.firstIndex(of: label) else { return true }
                left.remove(at: match)
                return false
            }
            return (labels.count - missing.count, missing, left)
        }

        /// Plates that spell O and 0 alike are not told apart.
        private static func folded(_ text: String) -> String { text.replacing("O", with: "0") }
    }

    /// The plates of a label file: file, x, y, width, height and plate, separated by tabs.
    private func labels(_ file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline).map { line in
            let cells = line.split(separator: "\t")
            try #require(cells.count == 6, "\(file.lastPathComponent): \(line)")
            return PlateText.normalized(String(cells[5]))
        }
    }
}
