import Evaluation
import Foundation

/// What scripts/oracles/metrics.py wrote.
struct MetricsFixture: Decodable {
    struct Annotation: Decodable {
        let imageId: Int
        let categoryId: Int
        let bbox: [Double]?
        let area: Double?
        let iscrowd: Int?
        let keypoints: [Double]?
        let score: Double?

        var box: Box {
            guard let bbox else { return Box(x: 0, y: 0, width: 1, height: 1) }
            return Box(x: bbox[0], y: bbox[1], width: bbox[2], height: bbox[3])
        }

        var label: LabelledObject {
            let numbers = keypoints ?? []
            let points = stride(from: 0, to: numbers.count, by: 3).map {
                LabelledKeypoint(
                    x: numbers[$0], y: numbers[$0 + 1], visibility: .init(rawValue: Int(numbers[$0 + 2])) ?? .absent)
            }
            return LabelledObject(
                box: box, category: "c\(categoryId)", area: area, isCrowd: iscrowd == 1, keypoints: points)
        }

        var answer: DetectedObject {
            let numbers = keypoints ?? []
            return DetectedObject(
                box: box, score: score ?? 0, category: "c\(categoryId)",
                keypoints: stride(from: 0, to: numbers.count, by: 3).map { .init(x: numbers[$0], y: numbers[$0 + 1]) })
        }
    }

    struct Objects: Decodable {
        let images: Int
        let labels: [Annotation]
        let answers: [Annotation]
        let ap: [String: Double]
        let ap50: Double
        let ar: Double
        let ap50Of: [String: Double]?
        let apOf: [String: Double]?
        let curveOfC1: [Double]?
        let apAtMost10: Double?
        let oks: [String: [[Double]]]?

        var pictures: [(labels: [LabelledObject], detections: [DetectedObject])] {
            (1...images).map { image in
                (
                    labels.filter { $0.imageId == image }.map(\.label),
                    answers.filter { $0.imageId == image }.map(\.answer)
                )
            }
        }
    }

    struct Pairs: Decodable {
        let scores: [Double]
        let people: [[Int]]
        let auc: Double
        let eer: Double
        let tar: [String: Double]
        let far: [Double]
        let tarCurve: [Double]
        let folds: [Double]
        let accuracy: Double
        let standardError: Double

        var scored: [ScoredPair] {
            zip(scores, people).map { ScoredPair(score: $0, first: $1[0], second: $1[1]) }
        }
    }

    struct Search: Decodable {
        let scores: [Double]
        let right: [Bool]
        let ap: Double
        let rank: Int
    }

    struct Classes: Decodable {
        let truth: [String]
        let answer: [String]
        let counts: [[Int]]
        let precision: [Double]
        let recall: [Double]
        let support: [Int]
        let accuracy: Double
    }

    struct Tail: Decodable {
        let scores: [Double]
        let shape: Double
        let scale: Double
        let rates: [Double]
        let cosines: [Double]
        let mean: Double
        let deviation: Double
        let normal: [Double]
    }

    struct Numbers: Decodable {
        let values: [Double]
        let p50: Double
        let p95: Double
        let wilson: [[Double]]
    }

    let madeBy: [String: String]
    let boxes: Objects
    let poses: Objects
    let pairs: Pairs
    let searches: [Search]
    let classes: Classes
    let tail: Tail
    let numbers: Numbers

    static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/metrics.json")

    static func read() throws -> MetricsFixture {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(MetricsFixture.self, from: Data(contentsOf: file))
    }

    /// For the failure's message: which versions gave the expected values.
    var makers: String { madeBy.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ") }
}

func near(_ one: Double?, _ other: Double, within tolerance: Double = 1e-9) -> Bool {
    one.map { abs($0 - other) <= tolerance } ?? false
}
