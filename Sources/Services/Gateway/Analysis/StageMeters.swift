import AIBoxAPI
import Metrics
import ServiceHTTP

/// `aibox_analysis_stage_seconds` by stage and task; the timers are made once.
struct StageMeters: Sendable {
    private let timers: [Timer]

    /// - Parameter task: as in the answer.
    init(task: String) {
        timers = StageTiming().stages.map { stage in
            Timer(label: "aibox_analysis_stage_seconds", dimensions: [("stage", stage.name), ("task", task)])
        }
    }

    func record(_ timing: StageTiming) {
        for (timer, stage) in zip(timers, timing.stages) {
            timer.recordNanoseconds(Int64(stage.milliseconds * 1e6))
        }
    }
}
