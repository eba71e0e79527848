import Foundation
import Testing

@testable import ModelCatalog

@Suite struct CalibrationTests {
    private let calibration = CatalogEntry.Calibration(
        points: [
            .init(falseAcceptRate: 1e-1, cosine: 0.1, isExtrapolated: false),
            .init(falseAcceptRate: 1e-2, cosine: 0.2, isExtrapolated: false),
            .init(falseAcceptRate: 1e-4, cosine: 0.4, isExtrapolated: true),
        ], genuineMedian: 0.7, impostorPairs: 7020, data: "here")

    @Test(
        arguments: [
            (0.5, 0.1), (1e-1, 0.1), (1e-2, 0.2), (1e-3, 0.3), (1e-4, 0.4), (1e-9, 0.4),
        ] as [(Double, Double)])
    func aRateIsACosineBetweenThePointsByItsLogarithm(rate: Double, cosine: Double) {
        #expect(abs(calibration.cosine(falseAcceptRate: rate) - cosine) < 1e-9)
    }

    @Test func aSmallerRateNeverAsksForLess() {
        let rates = stride(from: 0.5, through: 12, by: 0.25).map { 1 / pow(10, $0) }
        let cosines = rates.map(calibration.cosine)
        #expect(zip(cosines, cosines.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test func theThresholdIsOneHalfAndTheUsualPairNinetyFivePercent() {
        #expect(abs(calibration.similarity(cosine: 0.4, threshold: 0.4) - 0.5) < 1e-9)
        #expect(abs(calibration.similarity(cosine: 0.7, threshold: 0.4) - 0.95) < 1e-9)
        #expect(calibration.similarity(cosine: -1, threshold: 0.4) < 0.01)
        // A threshold above the usual pair leaves a curve that still rises.
        #expect(calibration.similarity(cosine: 0.95, threshold: 0.9) > 0.5)
    }

    @Test(
        arguments: [
            [(0.1, 0.2)], [(0.1, 0.2), (0.1, 0.3)], [(0.01, 0.2), (0.1, 0.3)], [(0.1, 0.3), (0.01, 0.2)],
            [(0.1, 0.2), (0, 0.3)], [(0.1, 0.2), (0.01, 1.3)],
        ] as [[(Double, Double)]])
    func pointsThatDoNotFallAreRefused(_ points: [(Double, Double)]) throws {
        var entry = try Catalog.builtIn().entry("face_reid_retail_0095")
        entry.calibration?.points = points.map {
            .init(falseAcceptRate: $0.0, cosine: $0.1, isExtrapolated: false)
        }
        let broken = entry
        #expect(throws: ModelCatalogError.self) { try Catalog(entries: [broken]) }
    }
}
