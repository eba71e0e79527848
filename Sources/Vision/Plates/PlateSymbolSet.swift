/// A set of the characters in which plates are kept, 0–9 and A–Z, one bit each.
struct PlateSymbolSet: Hashable, Sendable {
    private(set) var bits: UInt64 = 0

    static let digits = PlateSymbolSet("0"..."9")
    static let letters = PlateSymbolSet("A"..."Z")

    init() {}

    init(_ range: ClosedRange<Character>) {
        for symbol in Self.all where range.contains(symbol) { insert(symbol) }
    }

    static let all: [Character] = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")

    /// 0–35, or `nil` for another character.
    static func index(of character: Character) -> Int? {
        guard let value = character.asciiValue else { return nil }
        return switch value {
        case 48...57: Int(value) - 48
        case 65...90: Int(value) - 55
        default: nil
        }
    }

    var count: Int { bits.nonzeroBitCount }

    func contains(_ index: Int) -> Bool { bits & (1 << UInt64(index)) != 0 }

    /// Characters of other alphabets change nothing.
    mutating func insert(_ character: Character) {
        if let index = Self.index(of: character) { bits |= 1 << UInt64(index) }
    }

    mutating func formUnion(_ other: PlateSymbolSet) { bits |= other.bits }
}
