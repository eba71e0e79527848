import Foundation
import TestSupport
import Vision

/// What scripts/oracles/generate.py wrote about one detector: picture → answer of the Python reference.
struct DetectorOracle: Decodable {
    struct Picture: Decodable {
        let file: String
        let width: Int
        let height: Int
        let detections: [Expected]
    }

    struct Expected: Decodable {
        /// Left, top, right, bottom in pixels of the picture, which the reference does not cut off at its edges.
        let box: [Float]
        let score: Float
        let `class`: Int?
        let points: [[Float]]?

        var detection: Detection {
            Detection(
                box: Rectangle(left: box[0], top: box[1], right: box[2], bottom: box[3]), score: score,
                classIndex: `class` ?? 0, points: (points ?? []).map { Point(x: $0[0], y: $0[1]) })
        }
    }

    let model: String
    /// Width and height of the model's input, where it is fixed.
    let input: [Int]?
    let longestSide: Int?
    let minimumScore: Float
    let suppression: Double
    let pictures: [Picture]

    enum CodingKeys: String, CodingKey {
        case model, input, suppression, pictures
        case longestSide = "longest_side"
        case minimumScore = "minimum_score"
    }
}

/// What the reference read in parts of pictures.
struct ReaderOracle: Decodable {
    struct Crop: Decodable {
        let file: String
        /// `[left, top, right, bottom)` in whole pixels.
        let crop: [Float]
        let text: String
        let confidence: Float

        var region: Rectangle { Rectangle(left: crop[0], top: crop[1], right: crop[2], bottom: crop[3]) }
    }

    let model: String
    let crops: [Crop]
}

/// Reads `Fixtures/oracles/<name>.json`.
func oracle<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
    try JSONDecoder().decode(type, from: Data(contentsOf: TestPlaces.fixtures.appending(path: "\(name).json")))
}
