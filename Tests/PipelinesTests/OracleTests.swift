import Imaging
import ModelCatalog
import TestSupport
import Testing
import Vision

@testable import Pipelines

/// From encoded picture to detections as the Python references see them (scripts/oracles).
@Suite(.enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)))
struct OracleTests {
    /// Scores differ by less, boxes and points by no more than a pixel.
    private static let scoreTolerance: Float = 1e-3
    private static let pixelTolerance: Float = 1

    @Test(arguments: [
        "nanodet_plus_m_1.5x_512", "nanodet_plus_m_416", "yolox_nano_416", "yolov8n_640", "yunet_dynamic_320",
        "yunet_dynamic_640", "yunet_fixed_640", "lpd_yunet",
    ])
    func aDetectorFindsWhatTheReferenceFinds(name: String) async throws {
        let oracle: DetectorOracle = try oracle(name)
        let model = try TestModels.load(file: oracle.model) { $0.thresholds.suppression = oracle.suppression }
        let detector = try Detector(model)
        let profile = try #require(profileOf(model.entry, askedBy: oracle))
        for expected in oracle.pictures {
            let picture = try TestModels.picture(expected.file)
            #expect(picture.width == expected.width && picture.height == expected.height, "\(expected.file)")
            let found = try await detector.detections(
                in: picture, profile: profile, minimumScore: oracle.minimumScore - Self.scoreTolerance, deadline: nil)
            for difference in differences(found.value, expected, minimumScore: oracle.minimumScore) {
                Issue.record("\(expected.file): \(difference)")
            }
        }
    }

    @Test func thePlateReaderReadsWhatTheReferenceReads() async throws {
        let oracle: ReaderOracle = try oracle("cct_xs")
        let reader = try PlateReader(TestModels.load(file: oracle.model))
        var opened: (file: String, picture: Picture)?
        for crop in oracle.crops {
            let picture = try opened?.file == crop.file ? opened?.picture : TestModels.picture(crop.file)
            let part = try #require(picture)
            opened = (crop.file, part)
            let reading = try await reader.reading(of: crop.region, in: part, deadline: nil).value
            #expect(reading.text == crop.text, "\(crop.file) \(crop.crop)")
            #expect(abs(reading.confidence - crop.confidence) < Self.scoreTolerance, "\(crop.file) \(crop.crop)")
        }
    }

    private func profileOf(_ entry: CatalogEntry, askedBy oracle: DetectorOracle) -> ModelProfile? {
        let profiles: [ModelProfile] = [.balanced, .fast, .accurate]
        return profiles.first { profile in
            let size = entry.input.sizes[profile]
            guard let side = oracle.longestSide else { return oracle.input == [size.width, size.height] }
            return max(size.width, size.height) == side
        }
    }

    /// What one side has and the other has not, in words. A detection at the very threshold may be on one side only.
    private func differences(
        _ found: [Detection], _ picture: DetectorOracle.Picture, minimumScore: Float
    ) -> [String] {
        var rest = found
        var differences: [String] = []
        for expected in picture.detections {
            let wanted = expected.detection.clipped(width: Float(picture.width), height: Float(picture.height))
            guard let wanted else { continue }
            if let match = rest.firstIndex(where: { agrees($0, wanted) }) {
                rest.remove(at: match)
            } else {
                let near = rest.filter { $0.classIndex == wanted.classIndex }
                    .max { $0.box.intersectionOverUnion(wanted.box) < $1.box.intersectionOverUnion(wanted.box) }
                differences.append("expected \(wanted), nearest \(near.map { "\($0)" } ?? "none")")
            }
        }
        let surplus = rest.filter { $0.score >= minimumScore + Self.scoreTolerance }
        return differences + surplus.map { "not expected: \($0)" }
    }

    private func agrees(_ found: Detection, _ wanted: Detection) -> Bool {
        let box = (found.box, wanted.box)
        return found.classIndex == wanted.classIndex && abs(found.score - wanted.score) <= Self.scoreTolerance
            && abs(box.0.x - box.1.x) <= Self.pixelTolerance && abs(box.0.y - box.1.y) <= Self.pixelTolerance
            && abs(box.0.right - box.1.right) <= Self.pixelTolerance
            && abs(box.0.bottom - box.1.bottom) <= Self.pixelTolerance && samePoints(found.points, wanted.points)
    }

    /// Compared as sets: corners of a plate are ordered differently here.
    private func samePoints(_ some: [Point], _ others: [Point]) -> Bool {
        func each(_ some: [Point], hasOneIn others: [Point]) -> Bool {
            some.allSatisfy { point in
                others.contains {
                    abs($0.x - point.x) <= Self.pixelTolerance && abs($0.y - point.y) <= Self.pixelTolerance
                }
            }
        }
        return some.count == others.count && each(some, hasOneIn: others) && each(others, hasOneIn: some)
    }
}
