/// The name of a key: 64 bits computed from it (`WrappingKey`), written as 16 hexadecimal digits. It is no secret.
///
/// A key that was mistyped or mixed up has another name. So the name is the check value as well: whoever asks for a key
/// by name cannot be given a wrong one.
public struct KeyID: Sendable, Hashable, Comparable, LosslessStringConvertible {
    public let number: UInt64

    public init(_ number: UInt64) { self.number = number }

    /// `nil` unless there are 16 hexadecimal digits.
    public init?(_ description: String) {
        guard description.utf8.count == 16, description.allSatisfy(\.isHexDigit),
            let number = UInt64(description, radix: 16)
        else { return nil }
        self.number = number
    }

    public var description: String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    public static func < (left: KeyID, right: KeyID) -> Bool { left.number < right.number }
}
