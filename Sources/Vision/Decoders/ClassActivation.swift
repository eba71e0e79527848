import Glibc

/// How the class values of a model become probabilities.
public enum ClassActivation: Hashable, Sendable {
    /// They are probabilities.
    case none
    /// Logits of classes that exclude one another.
    case softmax
    /// Logits of classes that are independent.
    case sigmoid
    /// Classes that exclude one another: values that are a distribution (0–1, sum 1) are taken as they are, others as
    /// logits.
    case softmaxUnlessDistribution

    /// The map from the values of one row to probabilities, 0–1. Values that are not finite count as 0.
    func probability(of row: UnsafePointer<Float>, count: Int) -> (Float) -> Float {
        let row = UnsafeBufferPointer(start: row, count: count)
        switch self {
        case .none: return Self.clamped
        case .sigmoid: return Self.logistic
        case .softmax: return Self.softmax(row)
        case .softmaxUnlessDistribution:
            return Self.isDistribution(row) ? Self.clamped : Self.softmax(row)
        }
    }

    private static func clamped(_ value: Float) -> Float { value.isFinite ? min(max(value, 0), 1) : 0 }

    /// Half precision and thousands of classes are allowed their rounding.
    private static func isDistribution(_ row: UnsafeBufferPointer<Float>) -> Bool {
        var sum: Float = 0
        for value in row {
            guard value >= -0.001, value <= 1.001 else { return false }
            sum += value
        }
        return abs(sum - 1) < 0.02
    }

    private static func softmax(_ row: UnsafeBufferPointer<Float>) -> (Float) -> Float {
        let greatest = row.reduce(-Float.infinity) { $1.isFinite ? max($0, $1) : $0 }
        let sum = row.reduce(Float(0)) { $1.isFinite ? $0 + expf($1 - greatest) : $0 }
        return { $0.isFinite ? expf($0 - greatest) / sum : 0 }
    }

    /// 1 / (1 + e⁻ˣ); 0 when `logit` is not finite.
    static func logistic(_ logit: Float) -> Float { logit.isFinite ? 1 / (1 + expf(-logit)) : 0 }
}
