import Hummingbird
import ServiceHTTP

extension Options {
    private static let longestDeadline = 600_000

    /// `X-Deadline-Ms`: the milliseconds from the head of the request on within which the answer is of use.
    mutating func deadline(_ headers: HTTPFields) -> Int? {
        guard let text = headers[.deadline] else { return nil }
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(text),
            (1...Self.longestDeadline).contains(value)
        else {
            report("X-Deadline-Ms", "must be a whole number from 1 to \(Self.longestDeadline)")
            return nil
        }
        return value
    }
}
