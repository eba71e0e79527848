/// What is wrong with a grammar of plates.
public struct PlateGrammarError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
