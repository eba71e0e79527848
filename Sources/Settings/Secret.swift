/// A text that must not appear in logs, error messages or `print`. Read it with ``value``.
public struct Secret: Hashable, Sendable {
    public let value: String

    public init(_ value: String) { self.value = value }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "(secret)" }
    public var debugDescription: String { description }
    /// Hides the stored text from `dump` and from the printed form of structures around it.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
