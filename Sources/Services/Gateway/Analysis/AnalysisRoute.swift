import AIBoxAPI

/// A public analysis call: its path, what it looks for, and what it does besides.
struct AnalysisRoute: Sendable {
    enum Feature: Sendable { case recognition, behavior, classification }

    let path: String
    /// In the answer, the stored row and the metrics.
    let task: String
    /// `nil` lets the caller choose.
    let tasks: [AnalysisTask]?
    var feature: Feature?

    static let all = [
        AnalysisRoute(path: "/human-analysis/person-detection", task: "persons", tasks: [.persons]),
        AnalysisRoute(path: "/human-analysis/face-detection", task: "faces", tasks: [.faces]),
        AnalysisRoute(
            path: "/human-analysis/face-recognition", task: "recognition", tasks: [.faces], feature: .recognition),
        AnalysisRoute(path: "/human-analysis/pose-estimation", task: "poses", tasks: [.poses]),
        AnalysisRoute(
            path: "/human-analysis/behavior-analysis", task: "behavior", tasks: [.persons], feature: .behavior),
        AnalysisRoute(path: "/vehicle-analysis/vehicle-detection", task: "vehicles", tasks: [.vehicles]),
        AnalysisRoute(
            path: "/vehicle-analysis/vehicle-classification", task: "classification", tasks: [.vehicles],
            feature: .classification),
        AnalysisRoute(path: "/vehicle-analysis/license-plate", task: "plates", tasks: [.plates]),
        AnalysisRoute(path: "/analyze", task: "analyze", tasks: nil),
    ]
}
