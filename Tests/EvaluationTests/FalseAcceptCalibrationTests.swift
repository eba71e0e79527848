import Evaluation
import Foundation
import Testing

@Suite struct FalseAcceptCalibrationTests {
    @Test func measuredWhereTenImpostorsLieAboveElseMarked() throws {
        let table = try #require(FalseAcceptCalibration(impostors: normal(10_000, seed: 1)))
        for point in table.points { #expect(point.isExtrapolated == (point.falseAcceptRate < 1e-3)) }
        #expect(table.points.count == FalseAcceptCalibration.standardRates.count && table.tail != nil)
        #expect(table.impostorPairs == 10_000)
    }

    @Test(arguments: 0..<20)
    func theCosineNeverFallsWithTheRateAndTheTableReadsBothWays(_ seed: Int) throws {
        let scores = normal(2000 + 500 * seed, seed: UInt64(seed))
        let table = try #require(FalseAcceptCalibration(impostors: scores))
        #expect(table.points.map(\.cosine) == table.points.map(\.cosine).sorted())
        #expect(table.points.allSatisfy { $0.cosine <= 1 })
        for rate in [0.07, 1e-2, 3e-3, 1e-4, 3e-6] {
            let found = try #require(table.threshold(forFalseAcceptRate: rate))
            let back = try #require(table.falseAcceptRate(atCosine: found.cosine))
            #expect(abs(log10(back) - log10(rate)) < 1e-6)
        }
    }

    @Test func aMeasuredThresholdLetsNoMoreThanItsRatePass() throws {
        let scores = normal(5000, seed: 3)
        let table = try #require(FalseAcceptCalibration(impostors: scores))
        for point in table.points where !point.isExtrapolated {
            let passing = scores.count { $0 >= point.cosine }
            #expect(Double(passing) <= point.falseAcceptRate * 5000 && passing > 0)
        }
    }

    /// Of normal scores the truth is known: 0.1 · z(1 − 1e-5) = 0.4265.
    @Test(arguments: 0..<10)
    func theTailOfSevenThousandPairsComesNearTheTruthAtOneInAHundredThousand(_ seed: Int) throws {
        let table = try #require(FalseAcceptCalibration(impostors: normal(7020, seed: UInt64(100 + seed))))
        let found = try #require(table.threshold(forFalseAcceptRate: 1e-5))
        #expect(found.isExtrapolated && (0.4265 - 0.03...0.4265 + 0.06).contains(found.cosine))
    }

    /// A tail heavier than the normal one: of exponential scores the truth at 1e-5 is 0.05 · ln(1e5) = 0.576. A single fit
    /// strays by a quarter of that, their mean does not.
    @Test func aHeavierTailIsNotTakenForALightOne() throws {
        let found = try (0..<20).map { seed in
            var random = SeededGenerator(seed: UInt64(seed))
            let scores = (0..<7020).map { _ in -0.05 * log(Double.random(in: 1e-9..<1, using: &random)) }
            let table = try #require(FalseAcceptCalibration(impostors: scores))
            return try #require(table.threshold(forFalseAcceptRate: 1e-5)).cosine
        }
        #expect(abs(found.reduce(0, +) / 20 - 0.576) < 0.06)
        #expect(found.allSatisfy { $0 > 0.4 })
    }

    @Test func tooFewPairsGiveNoTable() {
        #expect(FalseAcceptCalibration(impostors: normal(99, seed: 1)) == nil)
        #expect(FalseAcceptCalibration(impostors: []) == nil)
        #expect(FalseAcceptCalibration(impostors: Array(repeating: .nan, count: 5000)) == nil)
    }

    @Test func theWorstGroupSetsTheThreshold() throws {
        let all = normal(20_000, seed: 5)
        let groups = [
            "near": normal(2000, seed: 6).map { $0 + 0.2 }, "far": normal(2000, seed: 7), "few": [0.9, 0.95],
        ]
        let plain = try #require(FalseAcceptCalibration(impostors: all))
        let table = try #require(FalseAcceptCalibration(impostors: all, within: groups))
        #expect(table.worstGroup == "near" && plain.worstGroup == nil)
        #expect(zip(table.points, plain.points).allSatisfy { $0.cosine >= $1.cosine })
        #expect(table.points.map(\.cosine) == table.points.map(\.cosine).sorted())
        let measured = try #require(table.points.first { $0.falseAcceptRate == 0.01 })
        #expect(abs(measured.cosine - (0.2 + 0.2326)) < 0.03)
    }

    @Test func beyondTheTableTheEndHoldsAndIsNamed() throws {
        let table = try #require(FalseAcceptCalibration(impostors: normal(5000, seed: 9)))
        #expect(table.threshold(forFalseAcceptRate: 1e-9)?.falseAcceptRate == 1e-6)
        #expect(table.threshold(forFalseAcceptRate: 0.9)?.falseAcceptRate == 0.1)
        #expect(table.threshold(forFalseAcceptRate: 0) == nil && table.threshold(forFalseAcceptRate: .nan) == nil)
    }

    @Test func itGoesThroughJSONUnchanged() throws {
        let table = try #require(FalseAcceptCalibration(impostors: normal(5000, seed: 9)))
        let data = try JSONEncoder().encode(table)
        #expect(try JSONDecoder().decode(FalseAcceptCalibration.self, from: data) == table)
    }

    /// Mean 0, deviation 0.1, by Box and Muller.
    private func normal(_ count: Int, seed: UInt64) -> [Double] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            let radius = (-2 * log(Double.random(in: .leastNonzeroMagnitude..<1, using: &random))).squareRoot()
            return 0.1 * radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
        }
    }
}
