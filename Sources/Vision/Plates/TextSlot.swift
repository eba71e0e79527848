/// One position of a text with what it may hold.
public struct TextSlot: Hashable, Sendable {
    public struct Choice: Hashable, Sendable {
        /// `nil`: the position is unused.
        public let character: Character?
        /// 0–1.
        public let probability: Float

        public init(character: Character?, probability: Float) {
            self.character = character
            self.probability = probability
        }
    }

    public let best: Choice
    public let runnerUp: Choice?

    public init(best: Choice, runnerUp: Choice?) {
        self.best = best
        self.runnerUp = runnerUp
    }
}
