import HTTPTypes

/// Which of its two forms an analysis answer takes.
enum PreferredAnswer {
    case json
    /// The picture with the findings drawn on it.
    case annotatedJPEG

    /// The one of `application/json` and `image/jpeg` that `Accept` names with the higher weight; JSON for anything
    /// else, wildcards included, since every browser and client sends those.
    init(accept: String?) {
        let weights = Self.weights(accept ?? "")
        let jpeg = weights["image/jpeg"] ?? 0
        self = jpeg > 0 && jpeg >= weights["application/json"] ?? 0 ? .annotatedJPEG : .json
    }

    private static func weights(_ accept: String) -> [String: Double] {
        var weights: [String: Double] = [:]
        for range in accept.split(separator: ",").prefix(16) {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            guard let type = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
            weights[type] = weight ?? 1
        }
        return weights
    }
}
