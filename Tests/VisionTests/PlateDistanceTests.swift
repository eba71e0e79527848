import Testing
import Vision

@Suite struct PlateDistanceTests {
    @Test(arguments: [
        ("AB123", "AB123", Float(0)), ("", "", 0), ("", "AB", 2), ("AB123", "AB12", 1), ("AB123", "XAB123", 1),
        ("AB0", "ABO", 0.25), ("AB8", "ABB", 0.55), ("AB3", "ABW", 1), ("AB123", "BA123", 2), ("ABC", "CBA", 2),
    ])
    func countsWhatLooksAlikeForLess(_ one: String, _ other: String, expected: Float) throws {
        let distance = try #require(PlateDistance.distance(one, other))
        #expect(abs(distance - expected) < 1e-5)
        #expect(PlateDistance.distance(other, one) == distance)
        #expect(PlateDistance.distance(one, other, limit: expected + 0.01) != nil)
        if expected > 0 { #expect(PlateDistance.distance(one, other, limit: expected - 0.01) == nil) }
    }

    /// The band and the early end lose nothing.
    @Test func aLimitChangesNoDistanceWithinIt() {
        var generator = SplitMix64(state: 7)
        for _ in 0..<500 {
            let (one, other) = (Self.plate(&generator), Self.plate(&generator))
            let whole = PlateDistance.distance(one, other) ?? .infinity
            for limit: Float in [0, 0.25, 0.5, 1, 2, 3.5] {
                #expect(
                    PlateDistance.distance(one, other, limit: limit) == (whole <= limit ? whole : nil),
                    "\(one) \(other) \(limit)")
            }
        }
    }

    @Test func findsTheNearest() {
        let plates = ["AB124", "ABI23", "XY999", "AB123", "AB1234", "ABIZ3"]
        let found = PlateDistance.nearest(to: "AB123", in: plates, limit: 1, count: 4)
        #expect(found.map { plates[$0.index] } == ["AB123", "ABI23", "ABIZ3", "AB124"])
        #expect(PlateDistance.nearest(to: "AB123", in: plates, limit: -1).isEmpty)
        #expect(PlateDistance.nearest(to: "AB123", in: plates, limit: 1, count: -1).isEmpty)
    }

    @Test func lookAlikesAreThePlatesOfThatLengthThatAreNear() {
        let symbols = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        let pairs = symbols.flatMap { one in symbols.map { "\(one)\($0)" } }
        for plate in ["0B", "O1", "AB", "GL"] {
            let near = pairs.filter { PlateDistance.distance(plate, $0, limit: 0.6) != nil }
            let found = PlateDistance.lookAlikes(of: plate, limit: 0.6)
            #expect(found.first == plate && found.sorted() == near.sorted())
        }
        #expect(PlateDistance.lookAlikes(of: "", limit: 0.6) == [""])
        #expect(
            PlateDistance.lookAlikes(of: String(repeating: "0", count: 64), limit: 0.6).count == 1 + 64 + 64 * 63 / 2
                + 2 * 64)
    }

    private static func plate(_ generator: inout SplitMix64) -> String {
        String(
            (0..<Int.random(in: 0...6, using: &generator)).compactMap { _ in "A8BO01".randomElement(using: &generator) }
        )
    }
}

private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
