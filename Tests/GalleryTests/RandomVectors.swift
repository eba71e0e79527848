import Foundation

@testable import Gallery

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func gaussian() -> Float {
        let radius = (-2 * log(Double.random(in: Double.leastNonzeroMagnitude...1, using: &self))).squareRoot()
        return Float(radius * cos(Double.random(in: 0..<2 * .pi, using: &self)))
    }

    mutating func vector(_ dimensions: Int) -> [Float] { unit((0..<dimensions).map { _ in gaussian() }) }

    /// A unit vector near another.
    mutating func vector(near other: [Float], noise: Float) -> [Float] {
        unit(other.map { $0 + noise * gaussian() / Float(other.count).squareRoot() })
    }
}

func unit(_ vector: [Float]) -> [Float] {
    let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return vector.map { Float(Double($0) / length) }
}

func key(_ number: Int) -> GalleryKey { GalleryKey(high: 7, low: UInt64(number)) }

func dot(_ left: [Float], _ right: [Float]) -> Float {
    Float(zip(left, right).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
}

/// Every match of the entries, best first, by comparing all.
func reference(_ probe: [Float], _ entries: [GalleryEntry]) -> [GalleryMatch] {
    entries.filter { !$0.isAnchor }
        .map { GalleryMatch(key: $0.key, person: $0.person, cosine: dot(probe, $0.vector)) }
        .sorted { $0.isBefore($1) }
}

/// Whether two lists are the same but for the order of cosines that rounding cannot tell apart.
func agree(_ found: [GalleryMatch], _ expected: [GalleryMatch]) -> Bool {
    guard found.count == expected.count else { return false }
    let least = (expected.last?.cosine ?? 0) + 1e-6
    let all = Set(found.map(\.key))
    return zip(found, expected).allSatisfy { abs($0.cosine - $1.cosine) <= 1e-6 }
        && expected.allSatisfy { $0.cosine <= least || all.contains($0.key) }
}
