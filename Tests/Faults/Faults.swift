import Foundation
import Testing

/// Things are broken under load, and what a client knows to be stored is compared with what is there afterwards.
/// One fault at a time: the machine is part of the experiment.
@Suite(.serialized) enum Faults {
    /// How often each fault happens. A few times in `make test`; `make soak` sets AIBOX_FAULTS=full.
    static let isFull = ProcessInfo.processInfo.environment["AIBOX_FAULTS"] == "full"

    static func count(_ few: Int, full: Int) -> Int { isFull ? full : few }

    /// How long a fault lasts, likewise.
    static func span(_ short: Duration, full: Duration) -> Duration { isFull ? full : short }

    /// The product promises to be ready again within this time after any fault.
    static let recovery = Duration.seconds(5)
    static let writers = 8
}
