/// Whole numbers in decimal digits, with `_` between digits as in `50_000_000`.
enum WholeNumber {
    static func parse(_ text: String) -> Int? {
        let groups = text.split(separator: "_", omittingEmptySubsequences: false)
        guard groups.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }) else { return nil }
        return Int(groups.joined())
    }
}
