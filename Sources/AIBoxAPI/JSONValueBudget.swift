import Synchronization

/// How many values of a text a decoder may make `JSONValue`s of, all together: a few bytes of JSON cost a hundred times
/// as much when they are read as that. Beyond it decoding throws.
///
/// Put it into a decoder's `userInfo` under ``key``.
public final class JSONValueBudget: Sendable {
    public static let key = CodingUserInfoKey(rawValue: "aibox.json-value-budget")

    private let left: Atomic<Int>

    public init(_ values: Int) { left = Atomic(values) }

    /// Whether there is one more.
    func spend() -> Bool { left.subtract(1, ordering: .relaxed).newValue >= 0 }

    static func of(_ decoder: any Decoder) -> JSONValueBudget? {
        key.flatMap { decoder.userInfo[$0] as? JSONValueBudget }
    }
}
