/// Presentation attack detection as ISO/IEC 30107-3 counts it.
public struct LivenessAccuracy: Hashable, Sendable, Codable {
    /// Bona fide presentations taken for attacks.
    public let bonaFideErrors: Rate
    /// Attacks taken for live, by kind; empty without attacks.
    public let attackErrors: [String: Rate]

    /// - Parameter presentations: the kind of attack, `nil` for a living face, and whether it was taken for live. What the
    ///   product could not judge counts as taken for an attack.
    public init(_ presentations: [(attack: String?, isTakenForLive: Bool)]) {
        let live = presentations.filter { $0.attack == nil }
        bonaFideErrors = Rate(live.count { !$0.isTakenForLive }, of: live.count)
        attackErrors = Dictionary(grouping: presentations.filter { $0.attack != nil }) { $0.attack ?? "" }
            .mapValues { kind in Rate(kind.count { $0.isTakenForLive }, of: kind.count) }
    }

    /// BPCER; `nil` without living faces.
    public var bpcer: Double? { bonaFideErrors.value }
    /// APCER: the kind of attack that passes most often; `nil` without attacks.
    public var apcer: Double? { attackErrors.values.compactMap(\.value).max() }
    /// The mean of the two; `nil` unless the set has both.
    public var acer: Double? {
        guard let bpcer, let apcer else { return nil }
        return (bpcer + apcer) / 2
    }
}
