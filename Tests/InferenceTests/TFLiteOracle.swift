import Foundation
import TestSupport
import Testing

/// What LiteRT answers to the known input (scripts/fixtures_inference.py).
struct TFLiteOracle: Decodable, CustomTestStringConvertible {
    struct Output: Decodable {
        let name: String
        let shape: [Int]
        let first: [Float]
        let mean: Double
        let meanMagnitude: Double
        let minimum: Float
        let maximum: Float

        /// The largest difference of any figure, relative to the largest magnitude when that is above 1.
        func difference(from values: [Float]) -> Double {
            let magnitudes = values.map { Double(abs($0)) }
            let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
            let differences =
                zip(first, values).map { Double(abs($0 - $1)) } + [
                    abs(mean - self.mean),
                    abs(magnitudes.reduce(0, +) / Double(values.count) - meanMagnitude),
                    Double(abs((values.min() ?? 0) - minimum)),
                    Double(abs((values.max() ?? 0) - maximum)),
                ]
            return (differences.max() ?? .infinity) / max(1, Double(max(abs(minimum), abs(maximum))))
        }
    }

    private struct Fixture: Decodable {
        let models: [TFLiteOracle]
    }

    let file: String
    let inputShape: [Int]
    let outputs: [Output]

    var testDescription: String { file }

    static let all: [TFLiteOracle] = {
        let text = try? Data(contentsOf: TestPlaces.fixtures.appending(path: "tflite_oracles.json"))
        return text.flatMap { try? JSONDecoder().decode(Fixture.self, from: $0) }?.models ?? []
    }()
}
