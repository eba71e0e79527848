import Foundation

extension CatalogEntry {
    /// From which cosine on two faces count as the same, for a wanted rate of strangers who pass. Written by
    /// `aibox evaluate --task face-pairs`.
    public struct Calibration: Codable, Hashable, Sendable {
        public struct Point: Codable, Hashable, Sendable {
            /// Share of pairs of different people at or above the cosine.
            public var falseAcceptRate: Double
            public var cosine: Double
            /// Fewer than ten errors stand behind the point: it lies on the fitted tail, not on counted pairs.
            public var isExtrapolated: Bool

            public init(falseAcceptRate: Double, cosine: Double, isExtrapolated: Bool) {
                self.falseAcceptRate = falseAcceptRate
                self.cosine = cosine
                self.isExtrapolated = isExtrapolated
            }

            enum CodingKeys: String, CodingKey {
                case cosine
                case falseAcceptRate = "false_accept_rate"
                case isExtrapolated = "extrapolated"
            }
        }

        /// Falling rates, rising cosines; at least two.
        public var points: [Point]
        /// Median cosine of two pictures of one person.
        public var genuineMedian: Double
        public var impostorPairs: Int
        /// The set that it was measured on.
        public var data: String

        public init(points: [Point], genuineMedian: Double, impostorPairs: Int, data: String) {
            self.points = points
            self.genuineMedian = genuineMedian
            self.impostorPairs = impostorPairs
            self.data = data
        }

        enum CodingKeys: String, CodingKey {
            case points, data
            case genuineMedian = "genuine_median"
            case impostorPairs = "impostor_pairs"
        }

        /// The cosine for a rate: between points linear in the logarithm of the rate, beyond them that of the last.
        public func cosine(falseAcceptRate rate: Double) -> Double {
            guard let first = points.first, let last = points.last else { return 1 }
            guard rate < first.falseAcceptRate else { return first.cosine }
            for (left, right) in zip(points, points.dropFirst()) where rate >= right.falseAcceptRate {
                let span = log(left.falseAcceptRate) - log(right.falseAcceptRate)
                let share = span > 0 ? (log(left.falseAcceptRate) - log(rate)) / span : 1
                return left.cosine + share * (right.cosine - left.cosine)
            }
            return last.cosine
        }

        /// A cosine as 0–1: 0.5 at the threshold, 0.95 at the usual cosine of two pictures of one person (a logistic
        /// curve through both).
        public func similarity(cosine: Double, threshold: Double) -> Double {
            let width = max(0.02, (genuineMedian - threshold) / log(19))
            return 1 / (1 + exp((threshold - cosine) / width))
        }
    }
}
